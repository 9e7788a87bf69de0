import type { LinkProtocol } from "./types.ts";

/** What whoever dials may open; each handler judges them itself. */
export const FOR_STRANGERS: ReadonlySet<LinkProtocol> = new Set(["link", "standing"]);

export const PROTOCOLS: Readonly<Record<LinkProtocol, string>> = {
  sync: "/homeport/sync/1",
  files: "/homeport/files/1",
  link: "/homeport/link/1",
  unlock: "/homeport/unlock/1",
  standing: "/homeport/standing/1",
  relay: "/homeport/relay/1",
};

/** Streams of one protocol on one connection; for a further link a peer opens a new connection (F1). */
export const STREAM_LIMITS = { maxInboundStreams: 2, maxOutboundStreams: 2 };
