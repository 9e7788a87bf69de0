import type { Link } from "../sync/ports.ts";
import type { TransportLimits } from "./limits.ts";

/**
 * `sync` carries the sessions of known devices, `files` the chunks of files; strangers may open `link` (F1) and `standing`, by which
 * a device that was shut out learns that it is.
 * `unlock` is answered by a device that is locked, to known devices alone.
 */
export type LinkProtocol = "sync" | "files" | "link" | "unlock" | "standing" | "relay";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** `fields` hold no secret; keys of peers are shortened. */
export type TransportLog = (level: LogLevel, message: string, fields?: Record<string, string | number | boolean>) => void;

export interface TransportOptions {
  /** Seed of the Ed25519 transport key (K2), 32 bytes. Copied; the caller wipes its own. */
  seed: Uint8Array;
  /** Multiaddrs: `/ip4/…/tcp/…` or `/ip6/…/tcp/…`, with `/ws` behind it for WebSocket. Port 0 takes a free one. */
  listen: readonly string[];
  /** Look for own devices on the local network, and be found there. */
  mdns: boolean;
  /** Addresses under which this device is reached from outside, e.g. a forwarded port. */
  announce?: readonly string[];
  /** May this transport key (32 bytes) open another protocol than `link`? Asked anew for every connection and stream. */
  isKnown(peer: Uint8Array): boolean;
  log: TransportLog;
  limits?: Partial<TransportLimits>;
}

export interface OpenConnection {
  peer: Uint8Array;
  /** Multiaddr without `/p2p`. */
  address: string;
  /** Milliseconds since 1970. */
  since: number;
}

export interface Transport {
  /** Raw Ed25519 public transport key, 32 bytes. */
  readonly key: Uint8Array;
  /** Where this device is reached now, with `/p2p`; announced ones first, loopback last. */
  addresses(): string[];
  /** Replaces the announced addresses: where this device is reached beside what it listens on. What cannot be used is left out. */
  announce(addresses: readonly string[]): void;
  /** TCP ports that are listened on. */
  ports(): number[];
  /**
   * Opens a new connection with one link, whether or not there is one already; closing the link closes the connection.
   * All addresses are tried, a little apart; those that cannot be used are skipped. Throws `HomeportError`:
   * `wrong-peer` where another key answered, `unreachable` where none did, `bad-address` for the own key.
   */
  dial(peer: Uint8Array, addresses: readonly string[], protocol: LinkProtocol, signal?: AbortSignal): Promise<Link>;
  /** One handler a protocol, set before peers are expected: links without a handler are refused. */
  onLink(protocol: LinkProtocol, handler: (link: Link) => void): void;
  /** Peers seen on the local network. Anybody there can claim anything: the addresses are hints for `dial`. */
  onDiscovered(handler: (peer: Uint8Array, addresses: string[]) => void): void;
  /** Cuts every connection and every dial in progress of that key at once. */
  disconnect(peer: Uint8Array): Promise<void>;
  connections(): OpenConnection[];
  /** Closes the links, says goodbye and stops listening, within 2 seconds. */
  stop(): Promise<void>;
}
