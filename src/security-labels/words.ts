import { cleanText } from "./clean-text.ts";
import type { SecurityFacts, SecurityLabel, Trust } from "./facts.ts";

/** What the words speak of. Names come from networks and are cleaned here. */
export interface WordsContext {
  facts?: SecurityFacts | undefined;
  /** Name of the other person. */
  peer?: string | undefined;
  /** Without it an `e2ee-device` conversation is between the person's own devices. */
  trust?: Trust | undefined;
}

/** For a list row, a bubble, a notification, a terminal: at most 28 characters. */
export function shortWords(label: SecurityLabel, trust?: Trust): string {
  switch (label) {
    case "server-reads":
      return "The server can read this";
    case "e2ee-at-bridge":
      return "End-to-end to your home PC";
    case "e2ee-device":
      return ownWords(trust).short;
    default:
      return "Not encrypted";
  }
}

/** One or more whole sentences: who can read it. */
export function longWords(label: SecurityLabel, context: WordsContext = {}): string {
  return [main(label, context), ...reservations(label, context.facts)].map((sentence) => `${sentence}.`).join(" ");
}

/** E.g. "Message #chan: the server can read this". */
export function composerPlaceholder(label: SecurityLabel, conversation: string, trust?: Trust): string {
  return `Message ${cleanText(conversation, 64)}: ${beforeSending(label, trust)}`;
}

/** Everywhere the text exists unencrypted, nearest first. */
export function whereReadable(label: SecurityLabel, context: WordsContext = {}): string[] {
  if (label === "e2ee-device")
    return context.trust === undefined ? ["your own devices"] : ["your own devices", `the devices of ${peerOf(context)}`];
  const home = ["your home PC", "your other devices"];
  if (label === "e2ee-at-bridge") return [...home, `the devices of ${peerOf(context)}`];
  const beyond = [serverOf(context), "every server it passes it on to", "the others in the room"];
  return label === "server-reads" ? [...home, ...beyond] : [...home, "everyone on the path to the server", ...beyond];
}

function main(label: SecurityLabel, context: WordsContext): string {
  switch (label) {
    case "server-reads":
      return `Encrypted to ${serverOf(context)}; that server, every server it passes it on to, and the others in the room can read it`;
    case "e2ee-at-bridge":
      return `End-to-end encrypted between ${peerOf(context)} and your home PC, which decrypts it`;
    case "e2ee-device":
      return ownWords(context.trust).long;
    default:
      return unencrypted(context.facts);
  }
}

function unencrypted(facts: SecurityFacts | undefined): string {
  if (facts?.link.kind === "loopback") {
    return "It went through another program on your home PC, and how that one sends it is not known: anyone on the path may read it";
  }
  const why =
    facts && facts.link.kind !== "none" && !facts.link.verified
      ? "The server did not prove who it is, so this counts as not encrypted"
      : "Not encrypted on the way";
  return `${why}: anyone on the path can read it`;
}

function reservations(label: SecurityLabel, facts: SecurityFacts | undefined): string[] {
  if (!facts || label === "e2ee-device") return [];
  const beyond = {
    unknown: "What happens behind that server is not known",
    "may-be-plaintext": "Behind that server it may travel unencrypted",
  };
  return [
    ...(facts.restBeyondServer ? [beyond[facts.restBeyondServer]] : []),
    ...(facts.source === "history" ? ["It was fetched from the server's history: how it was sent at the time is not known"] : []),
  ];
}

function beforeSending(label: SecurityLabel, trust: Trust | undefined): string {
  switch (label) {
    case "server-reads":
      return "the server can read this";
    case "e2ee-at-bridge":
      return "end-to-end encrypted from your home PC";
    case "e2ee-device":
      return ownWords(trust).composer;
    default:
      return "NOT encrypted, anyone on the path can read this";
  }
}

interface OwnWords {
  short: string;
  long: string;
  composer: string;
}

const BETWEEN = "End-to-end encrypted between your devices and theirs";
const OWN: Record<"self" | "validated" | "unvalidated" | "compromised", OwnWords> = {
  self: {
    short: "Only between your devices",
    long: "End-to-end encrypted between your own devices",
    composer: "only your own devices can read this",
  },
  validated: { short: "End-to-end, checked", long: `${BETWEEN}; you have compared numbers with them`, composer: "end-to-end encrypted" },
  unvalidated: {
    short: "End-to-end, not checked",
    long: `${BETWEEN}; compare numbers with them to be sure that it is them`,
    composer: "end-to-end encrypted, but not checked: compare numbers",
  },
  compromised: {
    short: "Maybe in wrong hands",
    long: `${BETWEEN}, but one of theirs may be in wrong hands`,
    composer: "one of their devices may be in wrong hands",
  },
};

function ownWords(trust: Trust | undefined): OwnWords {
  if (trust === undefined) return OWN.self;
  return trust === "validated" || trust === "compromised" ? OWN[trust] : OWN.unvalidated;
}

function serverOf({ facts }: WordsContext): string {
  return cleanText(facts?.link.server ?? "") || "the server";
}

function peerOf({ peer }: WordsContext): string {
  return cleanText(peer ?? "", 64) || "the other side";
}
