/** How a message travelled over a network that is not ours, as measured, not as configured. Stored with each message. */
export interface SecurityFacts {
  link: LinkFacts;
  /** `history`: how it was fetched says nothing of how it was sent. */
  source: "live" | "history";
  /** What only the plugin can know; shown as its claim. */
  e2ee?: EndToEndFacts | undefined;
  /** What lies behind the server, where the network cannot promise that it stays encrypted there. */
  restBeyondServer?: "unknown" | "may-be-plaintext" | undefined;
}

export interface LinkFacts {
  kind: "none" | "tls" | "noise" | "mtproto" | "loopback";
  /** The peer proved the name that was asked for (certificate chain or pinned fingerprint). */
  verified: boolean;
  /** Protocol version, as the TLS library names it, e.g. `TLSv1.3`. */
  version?: string | undefined;
  /** Host name that was asked for. */
  server?: string | undefined;
  certificate?: { sha256: string; issuer: string } | undefined;
  /** How the account logged in, e.g. a SASL mechanism. */
  mechanism?: string | undefined;
  /** The way out, e.g. `socks5 127.0.0.1:9050`. */
  via?: string | undefined;
  /** `host`: the egress broker of the home node; `plugin`: only claimed. */
  measuredBy: "host" | "plugin";
}

export interface EndToEndFacts {
  protocol: "olm/megolm" | "omemo:1" | "omemo:2" | "signal" | "tox" | "otr" | "pgp";
  peer: "verified" | "tofu" | "unverified" | "changed";
  keyId?: string | undefined;
}

/** How a message between Homeport devices travelled. */
export interface OwnFacts {
  e2ee: "homeport";
  /** Who else took part: only the person's own devices, or a contact. */
  peer: "self" | "contact";
}

/** Worst first. A bridge never shows `e2ee-device`. */
export const LABELS = ["plaintext", "server-reads", "e2ee-at-bridge", "e2ee-device"] as const;
export type SecurityLabel = (typeof LABELS)[number];

/** The second axis: contacts of our own network, and peers of networks with end-to-end encryption. */
export const TRUST = ["unvalidated", "validated", "compromised", "verified", "first-seen", "changed"] as const;
export type Trust = (typeof TRUST)[number];
