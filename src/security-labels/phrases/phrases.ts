import type { EndToEndFacts, LinkFacts, SecurityFacts, SecurityLabel, Trust } from "../facts.ts";

/** Trust in a conversation between Homeport devices; `self` where all of them are the person's own. */
export type OwnTrust = "self" | "validated" | "unvalidated" | "compromised";

/** `unencrypted` is also what an unknown label has. */
export type Kind = "unencrypted" | Exclude<SecurityLabel, "plaintext" | "e2ee-device">;

export interface TrustWords {
  short: string;
  long: string;
}

/**
 * All that one language says about labels. Which of it is said when is decided once for all languages, in `words.ts`. Sentences
 * come without their full stop. Short words have at most 28 characters, for a list row.
 */
export interface Phrases {
  short: Record<Kind, string>;
  own: Record<OwnTrust, { short: string; long: string; composer: string }>;
  trust: Record<Trust, TrustWords>;
  main: {
    serverReads(server: string): string;
    atBridge(peer: string): string;
    loopback: string;
    unproven: string;
    unencrypted: string;
  };
  beyond: Record<NonNullable<SecurityFacts["restBeyondServer"]>, string>;
  fromHistory: string;
  /** What stands in the field before something is written. */
  composer(conversation: string, what: string): string;
  before: Record<Kind, string>;
  places: {
    /** Where its name is not known. */
    server: string;
    ownDevices: string;
    homePc: string;
    otherDevices: string;
    devicesOf(peer: string): string;
    path: string;
    furtherServers: string;
    room: string;
  };
  theServer: string;
  otherSide: string;
  facts: {
    kinds: Record<LinkFacts["kind"], string>;
    unknown: string;
    server: string;
    connection: string;
    identity: string;
    proved: string;
    notProved: string;
    version: string;
    certificate: string;
    issuer: string;
    login: string;
    via: string;
    measuredBy: string;
    measuredByHost: string;
    measuredByPlugin: string;
    endToEnd: string;
    onItsWord(protocol: string): string;
    protocols: Record<EndToEndFacts["protocol"], string>;
    peerKey: string;
    unverified: string;
    key: string;
    between: string;
    betweenOwn: string;
    betweenContact: string;
    behind: string;
    behindPlain: string;
    behindUnknown: string;
    came: string;
    live: string;
    history: string;
  };
}
