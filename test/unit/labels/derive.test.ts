import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareLabels, deriveLabel, isAtLeast, LABELS, type SecurityFacts } from "../../../src/security-labels/index.ts";
import { anyFacts, everyFacts, facts, KINDS, link, ORIGINS, PEERS, PROTOCOLS, RESTS } from "./all-facts.ts";

const CEILING = "e2ee-at-bridge";

describe("the link alone", () => {
  test.each([
    ["none", true, "plaintext"],
    ["none", false, "plaintext"],
    ["tls", true, "server-reads"],
    ["tls", false, "plaintext"],
    ["noise", true, "server-reads"],
    ["noise", false, "plaintext"],
    ["mtproto", true, "server-reads"],
    ["mtproto", false, "plaintext"],
    ["loopback", true, "plaintext"],
    ["loopback", false, "plaintext"],
  ] as const)("labels 1, 6: %s, verified %s, is %s", (kind, verified, expected) => {
    for (const origin of ORIGINS) expect(deriveLabel(facts({ link: link({ kind, verified }) }), CEILING, origin)).toBe(expected);
  });

  test("labels 6: what may lie behind the server changes nothing of IRC's label", () => {
    for (const restBeyondServer of RESTS) expect(deriveLabel(facts({ restBeyondServer }), CEILING)).toBe("server-reads");
  });

  test("labels 1: history has the label of its fetch", () => {
    expect(deriveLabel(facts({ source: "history" }), CEILING)).toBe("server-reads");
    expect(deriveLabel(facts({ source: "history", link: link({ kind: "none" }) }), CEILING)).toBe("plaintext");
  });
});

describe("end-to-end encryption", () => {
  const claim = (peer: (typeof PEERS)[number], patch: Partial<SecurityFacts> = {}) =>
    deriveLabel(facts({ e2ee: { protocol: "omemo:2", peer }, ...patch }), CEILING, "homeport");

  test.each(["verified", "tofu"] as const)("labels 1: a %s peer gives e2ee-at-bridge, whatever the link", (peer) => {
    for (const kind of KINDS) expect(claim(peer, { link: link({ kind, verified: false }) })).toBe("e2ee-at-bridge");
  });

  test.each(["unverified", "changed"] as const)("labels 1: a peer that is %s falls to what the link gives", (peer) => {
    expect(claim(peer)).toBe("server-reads");
    expect(claim(peer, { link: link({ kind: "none" }) })).toBe("plaintext");
  });

  test.each(["unknown", "may-be-plaintext"] as const)(
    "labels 1: a far end that is itself a bridge (%s) falls to server-reads",
    (restBeyondServer) => {
      for (const peer of ["verified", "tofu"] as const) expect(claim(peer, { restBeyondServer })).toBe("server-reads");
    },
  );

  test("labels 1: a third-party plugin's claim never gives more than server-reads; nor does one of unnamed origin", () => {
    for (const protocol of PROTOCOLS) {
      const claimed = facts({ e2ee: { protocol, peer: "verified" } });
      expect(deriveLabel(claimed, CEILING, "homeport")).toBe("e2ee-at-bridge");
      expect(deriveLabel(claimed, CEILING, "third-party")).toBe("server-reads");
      expect(deriveLabel(claimed, CEILING)).toBe("server-reads");
    }
  });
});

describe("all facts", () => {
  const cases = everyFacts().flatMap((one) => ORIGINS.flatMap((origin) => LABELS.map((ceiling) => ({ one, origin, ceiling }))));

  test("labels 1: the ceiling always holds, and no bridge shows e2ee-device", () => {
    expect(cases).toHaveLength(5 * 2 * 2 * 2 * 29 * 3 * 2 * 4);
    const wrong = cases.filter(({ one, origin, ceiling }) => {
      const label = deriveLabel(one, ceiling, origin);
      return !isAtLeast(ceiling, label) || !isAtLeast("e2ee-at-bridge", label);
    });
    expect(wrong).toEqual([]);
  });

  test("labels 6: without an encrypted link to a proven server, and without end-to-end encryption, it is plaintext", () => {
    const open = cases.filter(({ one }) => !one.e2ee && (!one.link.verified || one.link.kind === "none" || one.link.kind === "loopback"));
    expect(new Set(open.map(({ one, origin, ceiling }) => deriveLabel(one, ceiling, origin)))).toEqual(new Set(["plaintext"]));
  });

  test("labels 1: e2ee-at-bridge needs a peer whose key was taken or checked, nothing behind it, and a plugin of ours", () => {
    const best = cases.filter(({ one, origin, ceiling }) => deriveLabel(one, ceiling, origin) === "e2ee-at-bridge");
    expect(best.length).toBeGreaterThan(0);
    for (const { one, origin } of best) {
      expect(["verified", "tofu"]).toContain(one.e2ee?.peer);
      expect(one.restBeyondServer).toBeUndefined();
      expect(origin).toBe("homeport");
    }
  });

  test("labels 1: the label is monotone: a better fact never gives a worse label", () => {
    const worsened = cases.flatMap(({ one, origin, ceiling }) => betterVersions(one).map((better) => ({ one, better, origin, ceiling })));
    const wrong = worsened.filter(
      ({ one, better, origin, ceiling }) => compareLabels(deriveLabel(better, ceiling, origin), deriveLabel(one, ceiling, origin)) < 0,
    );
    expect(wrong).toEqual([]);
  });

  test("labels 1: only kind, verification, end-to-end state and what lies behind bear on it; no name or text does", () => {
    fc.assert(
      fc.property(anyFacts, fc.constantFrom(...LABELS), fc.constantFrom(...ORIGINS), (one, ceiling, origin) => {
        const bare: SecurityFacts = {
          link: { kind: one.link.kind, verified: one.link.verified, measuredBy: "host" },
          source: "live",
          e2ee: one.e2ee && { protocol: "otr", peer: one.e2ee.peer },
          restBeyondServer: one.restBeyondServer,
        };
        expect(deriveLabel(one, ceiling, origin)).toBe(deriveLabel(bare, ceiling, origin));
      }),
    );
  });
});

describe("words of a later version", () => {
  const odd = (patch: object): SecurityFacts => ({ ...facts(), ...patch });

  test("labels 1: an unknown link, peer state or ceiling counts as plaintext", () => {
    expect(deriveLabel(odd({ link: { kind: "quantum", verified: true, measuredBy: "host" } }), CEILING, "homeport")).toBe("plaintext");
    expect(deriveLabel(odd({ link: link({ kind: "none" }), e2ee: { protocol: "mls", peer: "blessed" } }), CEILING, "homeport")).toBe(
      "plaintext",
    );
    expect(deriveLabel(facts(), "unbreakable" as never, "homeport")).toBe("plaintext");
  });

  test("labels 1: an unknown word about what lies behind the server is a warning, too", () => {
    const warned = odd({ e2ee: { protocol: "omemo:2", peer: "verified" }, restBeyondServer: "copied" });
    expect(deriveLabel(warned, CEILING, "homeport")).toBe("server-reads");
  });
});

/** The same facts with one of them better. */
function betterVersions(one: SecurityFacts): SecurityFacts[] {
  const verified = { ...one, link: { ...one.link, verified: true } };
  const encrypted =
    one.link.kind === "none" || one.link.kind === "loopback" ? [{ ...one, link: { ...one.link, kind: "tls" as const } }] : [];
  const nothingBehind = { ...one, restBeyondServer: undefined };
  const keys = one.e2ee ? (["tofu", "verified"] as const).map((peer) => ({ ...one, e2ee: { protocol: "omemo:2" as const, peer } })) : [];
  const endToEnd = one.e2ee ? [] : PEERS.map((peer) => ({ ...one, e2ee: { protocol: "omemo:2" as const, peer } }));
  return [verified, ...encrypted, nothingBehind, ...keys, ...endToEnd];
}
