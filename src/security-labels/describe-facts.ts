import { cleanText } from "./clean-text.ts";
import type { EndToEndFacts, LinkFacts, OwnFacts, SecurityFacts } from "./facts.ts";
import type { Phrases } from "./phrases/phrases.ts";
import { trustOfPeer } from "./trust.ts";
import { type LabelLanguage, phrasesIn, trustWords } from "./words.ts";

/** One line for people, e.g. `{ name: "TLS version", value: "TLSv1.3" }`. Both are safe to show as text. */
export interface FactLine {
  name: string;
  value: string;
}

/** Every fact that is known, in the order in which the details show them. */
export function describeFacts(facts: SecurityFacts | OwnFacts, language: LabelLanguage = "en"): FactLine[] {
  const words = phrasesIn(language).facts;
  if (!("link" in facts)) return describeOwn(words, facts);
  const { link, e2ee, restBeyondServer } = facts;
  return [
    ...describeLink(words, link),
    ...(e2ee ? describeEndToEnd(words, e2ee, language) : []),
    ...describeRest(words, restBeyondServer),
    line(words.came, facts.source === "live" ? words.live : words.history),
  ];
}

type Words = Phrases["facts"];

function describeOwn(words: Words, { peer }: OwnFacts): FactLine[] {
  return [
    { name: words.endToEnd, value: "Homeport" },
    { name: words.between, value: peer === "self" ? words.betweenOwn : words.betweenContact },
  ];
}

function describeLink(words: Words, link: LinkFacts): FactLine[] {
  const encrypted = link.kind !== "none" && link.kind !== "loopback";
  return [
    ...known(words.server, link.server),
    line(words.connection, words.kinds[link.kind] ?? words.unknown),
    ...(encrypted ? [line(words.identity, link.verified ? words.proved : words.notProved)] : []),
    ...known(words.version, link.version),
    ...(link.certificate
      ? [line(words.certificate, fingerprint(link.certificate.sha256)), ...known(words.issuer, link.certificate.issuer)]
      : []),
    ...known(words.login, link.mechanism),
    ...known(words.via, link.via),
    line(words.measuredBy, link.measuredBy === "host" ? words.measuredByHost : words.measuredByPlugin),
  ];
}

function describeEndToEnd(words: Words, e2ee: EndToEndFacts, language: LabelLanguage): FactLine[] {
  const peerKey = e2ee.peer === "unverified" ? words.unverified : trustWords(trustOfPeer(e2ee), language).long;
  return [
    line(words.endToEnd, words.onItsWord(words.protocols[e2ee.protocol] ?? words.unknown)),
    line(words.peerKey, peerKey),
    ...known(words.key, e2ee.keyId),
  ];
}

function describeRest(words: Words, rest: SecurityFacts["restBeyondServer"]): FactLine[] {
  if (rest === undefined) return [];
  return [line(words.behind, rest === "may-be-plaintext" ? words.behindPlain : words.behindUnknown)];
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
