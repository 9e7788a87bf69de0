import fc from "fast-check";
import type { EndToEndFacts, LinkFacts, SecurityFacts } from "../../../src/security-labels/index.ts";

export const KINDS = ["none", "tls", "noise", "mtproto", "loopback"] as const satisfies LinkFacts["kind"][];
export const PROTOCOLS = ["olm/megolm", "omemo:1", "omemo:2", "signal", "tox", "otr", "pgp"] as const satisfies EndToEndFacts["protocol"][];
export const PEERS = ["verified", "tofu", "unverified", "changed"] as const satisfies EndToEndFacts["peer"][];
export const RESTS = [undefined, "unknown", "may-be-plaintext"] as const satisfies SecurityFacts["restBeyondServer"][];
export const ORIGINS = ["homeport", "third-party"] as const;

export function link(patch: Partial<LinkFacts> = {}): LinkFacts {
  return { kind: "tls", verified: true, measuredBy: "host", ...patch };
}

export function facts(patch: Partial<SecurityFacts> = {}): SecurityFacts {
  return { link: link(), source: "live", ...patch };
}

/** Every combination of the facts that could bear on a label. */
export function everyFacts(): SecurityFacts[] {
  const links = KINDS.flatMap((kind) =>
    [true, false].flatMap((verified) => (["host", "plugin"] as const).map((measuredBy) => link({ kind, verified, measuredBy }))),
  );
  const claims = [undefined, ...PROTOCOLS.flatMap((protocol) => PEERS.map((peer) => ({ protocol, peer })))];
  return links.flatMap((one) =>
    (["live", "history"] as const).flatMap((source) =>
      claims.flatMap((e2ee) => RESTS.map((restBeyondServer) => ({ link: one, source, e2ee, restBeyondServer }))),
    ),
  );
}

/** Any text that a network could send, hostile ones first. */
export const hostileText = fc.oneof(
  fc.constantFrom(
    "\u001b[31mred",
    "irc\r\nPRIVMSG #x :y",
    "a\u202eb",
    "\u0000",
    "x".repeat(10_000),
    "\ud800",
    "e\u0301".repeat(500),
    " \u200b ",
  ),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom("a", "é", "م", "😀", " ", "\n", "\u200d", "\u200c", "\ufe0f", "\u0301", "\u202e", "\ud83d", "\u{e0041}"),
    maxLength: 60,
  }),
);

export const anyFacts: fc.Arbitrary<SecurityFacts> = fc.record(
  {
    link: fc.record(
      {
        kind: fc.constantFrom(...KINDS),
        verified: fc.boolean(),
        version: hostileText,
        server: hostileText,
        certificate: fc.record({ sha256: hostileText, issuer: hostileText }),
        mechanism: hostileText,
        via: hostileText,
        measuredBy: fc.constantFrom("host", "plugin"),
      },
      { requiredKeys: ["kind", "verified", "measuredBy"] },
    ),
    source: fc.constantFrom("live", "history"),
    e2ee: fc.record(
      { protocol: fc.constantFrom(...PROTOCOLS), peer: fc.constantFrom(...PEERS), keyId: hostileText },
      { requiredKeys: ["protocol", "peer"] },
    ),
    restBeyondServer: fc.constantFrom("unknown", "may-be-plaintext"),
  },
  { requiredKeys: ["link", "source"] },
);
