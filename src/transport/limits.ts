/** How much a flood may take. Times in milliseconds. */
export interface TransportLimits {
  /** Open connections in all; inbound ones above are refused. */
  connections: number;
  /** Inbound connections of one key. A re-dial needs two for a moment (F1). */
  connectionsPerPeer: number;
  /** New inbound connections a second from one host. */
  inboundPerSecond: number;
  /** Inbound handshakes going on; the oldest gives way to a newer one, as an honest one takes well under a second. */
  handshakes: number;
  /** For each handshake, each negotiation of a protocol and each address that is dialled. */
  handshakeTimeout: number;
  /** Inbound connections of strangers. */
  strangers: number;
  /** Bytes that a stranger may send on one connection. */
  strangerBytes: number;
  /** A stranger's connection ends after this, also with an open link: a little more than a linking may take (K5). */
  strangerLifetime: number;
  /** A connection without a link is closed after this. */
  idle: number;
}

export const DEFAULT_LIMITS: TransportLimits = {
  connections: 512,
  connectionsPerPeer: 8,
  inboundPerSecond: 50,
  handshakes: 64,
  handshakeTimeout: 10_000,
  strangers: 32,
  strangerBytes: 1 << 20,
  strangerLifetime: 11 * 60_000,
  idle: 15_000,
};

/** Largest receive window of a stream: what a peer may send ahead of a slow reader. */
export const MAX_WINDOW = 1 << 20;

/** Bytes written to a connection that its peer does not take: above this the connection is cut. */
export const MAX_UNSENT = 4 << 20;

/** Streams that a peer may have open, and may ever open, on one connection; a link needs one. */
export const MAX_STREAMS = 8;
export const MAX_STREAMS_EVER = 1_000;

/** Multiplexer pings that a peer may ever send on one connection; usual is one in 30 seconds. */
export const MAX_PINGS_EVER = 2_000;
