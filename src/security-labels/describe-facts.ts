import { cleanText } from "./clean-text.ts";
import type { EndToEndFacts, LinkFacts, OwnFacts, SecurityFacts } from "./facts.ts";
import { trustOfPeer, trustWords } from "./trust.ts";

/** One line for people, e.g. `{ name: "TLS version", value: "TLSv1.3" }`. Both are safe to show as text. */
export interface FactLine {
  name: string;
  value: string;
}

const KINDS: Record<LinkFacts["kind"], string> = {
  none: "no encryption",
  tls: "TLS",
  noise: "Noise",
  mtproto: "MTProto",
  loopback: "to another program on your home PC; what lies behind it is not known",
};

const PROTOCOLS: Record<EndToEndFacts["protocol"], string> = {
  "olm/megolm": "Olm and Megolm (Matrix)",
  "omemo:1": "OMEMO 0.3",
  "omemo:2": "OMEMO 0.8",
  signal: "Signal",
  tox: "Tox",
  otr: "OTR",
  pgp: "OpenPGP",
};

/** Every fact that is known, in the order in which the details show them. */
export function describeFacts(facts: SecurityFacts | OwnFacts): FactLine[] {
  if (!("link" in facts)) return describeOwn(facts);
  const { link, e2ee, restBeyondServer } = facts;
  return [...describeLink(link), ...(e2ee ? describeEndToEnd(e2ee) : []), ...describeRest(restBeyondServer), describeSource(facts.source)];
}

function describeOwn({ peer }: OwnFacts): FactLine[] {
  return [
    { name: "End-to-end encryption", value: "Homeport" },
    { name: "Between", value: peer === "self" ? "your own devices" : "your devices and your contact's" },
  ];
}

function describeLink(link: LinkFacts): FactLine[] {
  const encrypted = link.kind !== "none" && link.kind !== "loopback";
  return [
    ...known("Server", link.server),
    line("Connection", KINDS[link.kind] ?? "unknown"),
    ...(encrypted ? [line("Server's identity", link.verified ? "proved" : "NOT proved: this counts as not encrypted")] : []),
    ...known("Version", link.version),
    ...(link.certificate
      ? [line("Certificate SHA-256", fingerprint(link.certificate.sha256)), ...known("Certificate issued by", link.certificate.issuer)]
      : []),
    ...known("Login", link.mechanism),
    ...known("Way out", link.via),
    line("Measured by", link.measuredBy === "host" ? "your home PC" : "the bridge plugin, on its word"),
  ];
}

function describeEndToEnd(e2ee: EndToEndFacts): FactLine[] {
  return [
    line("End-to-end encryption", `${PROTOCOLS[e2ee.protocol] ?? "unknown"}, on the bridge plugin's word`),
    line("Key of the other side", peerKey(e2ee)),
    ...known("Key", e2ee.keyId),
  ];
}

function peerKey(e2ee: EndToEndFacts): string {
  return e2ee.peer === "unverified" ? "NOT verified: it may be anybody's" : trustWords(trustOfPeer(e2ee)).long;
}

function describeRest(rest: SecurityFacts["restBeyondServer"]): FactLine[] {
  if (rest === undefined) return [];
  return [line("Behind the server", rest === "may-be-plaintext" ? "it may travel unencrypted" : "not known")];
}

function describeSource(source: SecurityFacts["source"]): FactLine {
  return line("Came", source === "live" ? "live" : "from the server's history: how it was sent at the time is not known");
}

function known(name: string, value: string | undefined): FactLine[] {
  return value === undefined ? [] : [line(name, value)];
}

function line(name: string, value: string): FactLine {
  return { name, value: cleanText(value, 200) };
}

/** `AB:CD:…`, as programs show it, so that it can be compared. */
function fingerprint(sha256: string): string {
  const digits = sha256.replaceAll(":", "");
  return /^[\da-f]{64}$/i.test(digits) ? (digits.toUpperCase().match(/../g) ?? []).join(":") : sha256;
}
