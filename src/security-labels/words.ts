import { cleanText } from "./clean-text.ts";
import type { SecurityFacts, SecurityLabel, Trust } from "./facts.ts";
import { de } from "./phrases/de.ts";
import { en } from "./phrases/en.ts";
import type { Kind, OwnTrust, Phrases, TrustWords } from "./phrases/phrases.ts";

const PHRASES = { en, de };
/** Languages that the labels have words in. */
export type LabelLanguage = keyof typeof PHRASES;
export const LABEL_LANGUAGES = Object.keys(PHRASES) as LabelLanguage[];

/** What the words speak of. Names come from networks and are cleaned here. */
export interface WordsContext {
  facts?: SecurityFacts | undefined;
  /** Name of the other person. */
  peer?: string | undefined;
  /** Without it an `e2ee-device` conversation is between the person's own devices. */
  trust?: Trust | undefined;
}

/** English for what is no language that there are words in. */
export const phrasesIn = (language: LabelLanguage): Phrases => PHRASES[language] ?? en;

/** For a list row, a bubble, a notification, a terminal: at most 28 characters. */
export function shortWords(label: SecurityLabel, trust?: Trust, language: LabelLanguage = "en"): string {
  const { own, short } = phrasesIn(language);
  return label === "e2ee-device" ? own[ownTrust(trust)].short : short[kindOf(label)];
}

/** One or more whole sentences: who can read it. */
export function longWords(label: SecurityLabel, context: WordsContext = {}, language: LabelLanguage = "en"): string {
  const phrases = phrasesIn(language);
  return [main(phrases, label, context), ...reservations(phrases, label, context.facts)].map((sentence) => `${sentence}.`).join(" ");
}

/** E.g. "Message #chan: the server can read this". */
export function composerPlaceholder(label: SecurityLabel, conversation: string, trust?: Trust, language: LabelLanguage = "en"): string {
  const { composer, own, before } = phrasesIn(language);
  return composer(cleanText(conversation, 64), label === "e2ee-device" ? own[ownTrust(trust)].composer : before[kindOf(label)]);
}

/** Everywhere the text exists unencrypted, nearest first. */
export function whereReadable(label: SecurityLabel, context: WordsContext = {}, language: LabelLanguage = "en"): string[] {
  const phrases = phrasesIn(language);
  const { places } = phrases;
  const theirs = () => places.devicesOf(peerOf(phrases, context));
  if (label === "e2ee-device") return context.trust === undefined ? [places.ownDevices] : [places.ownDevices, theirs()];
  const home = [places.homePc, places.otherDevices];
  if (label === "e2ee-at-bridge") return [...home, theirs()];
  const beyond = [serverName(context) || places.server, places.furtherServers, places.room];
  return label === "server-reads" ? [...home, ...beyond] : [...home, places.path, ...beyond];
}

/** Of the second axis. */
export function trustWords(trust: Trust, language: LabelLanguage = "en"): TrustWords {
  return phrasesIn(language).trust[trust];
}

function main(phrases: Phrases, label: SecurityLabel, context: WordsContext): string {
  switch (label) {
    case "server-reads":
      return phrases.main.serverReads(serverName(context) || phrases.theServer);
    case "e2ee-at-bridge":
      return phrases.main.atBridge(peerOf(phrases, context));
    case "e2ee-device":
      return phrases.own[ownTrust(context.trust)].long;
    default:
      return unencrypted(phrases, context.facts);
  }
}

function unencrypted({ main: words }: Phrases, facts: SecurityFacts | undefined): string {
  if (facts?.link.kind === "loopback") return words.loopback;
  return facts && facts.link.kind !== "none" && !facts.link.verified ? words.unproven : words.unencrypted;
}

function reservations(phrases: Phrases, label: SecurityLabel, facts: SecurityFacts | undefined): string[] {
  if (!facts || label === "e2ee-device") return [];
  return [
    ...(facts.restBeyondServer ? [phrases.beyond[facts.restBeyondServer]] : []),
    ...(facts.source === "history" ? [phrases.fromHistory] : []),
  ];
}

/** What is no label counts as unencrypted. */
function kindOf(label: SecurityLabel): Kind {
  return label === "server-reads" || label === "e2ee-at-bridge" ? label : "unencrypted";
}

function ownTrust(trust: Trust | undefined): OwnTrust {
  if (trust === undefined) return "self";
  return trust === "validated" || trust === "compromised" ? trust : "unvalidated";
}

function serverName({ facts }: WordsContext): string {
  return cleanText(facts?.link.server ?? "");
}

function peerOf({ otherSide }: Phrases, { peer }: WordsContext): string {
  return cleanText(peer ?? "", 64) || otherSide;
}
