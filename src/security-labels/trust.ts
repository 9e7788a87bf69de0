import type { EndToEndFacts, SecurityLabel, Trust } from "./facts.ts";

/** Of contacts of our own network. */
export type ContactTrust = Extract<Trust, "unvalidated" | "validated" | "compromised">;
/** Of peers of networks with end-to-end encryption. */
export type PeerTrust = Extract<Trust, "verified" | "first-seen" | "changed">;

const OF_PEER: Record<EndToEndFacts["peer"], PeerTrust> = {
  verified: "verified",
  tofu: "first-seen",
  unverified: "first-seen",
  changed: "changed",
};

const CONTACT: readonly string[] = ["unvalidated", "validated", "compromised"] satisfies ContactTrust[];

export function trustOfPeer({ peer }: EndToEndFacts): PeerTrust {
  return OF_PEER[peer];
}

/** Sending waits until the person has acknowledged it. */
export function blocksSending(trust: Trust | undefined): boolean {
  return trust === "changed" || trust === "compromised";
}

/** Of a conversation between Homeport devices; without `trust`: between the person's own. Other kinds of trust are none of ours. */
export function labelOfOwn(trust?: ContactTrust): SecurityLabel {
  return trust === undefined || CONTACT.includes(trust) ? "e2ee-device" : "plaintext";
}
