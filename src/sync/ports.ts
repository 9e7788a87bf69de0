/**
 * What the core is handed. It has no other world: no `node:` module, no network, no clock and no randomness of its own,
 * so that the same code runs on the home PC, in a browser worker and in the simulator.
 */
import type { Domain } from "./domains.ts";

export interface Clock {
  /** Milliseconds since 1970, an integer. May jump in either direction. */
  now(): number;
  /** Runs `run` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

export interface Random {
  /** `n` bytes from a cryptographically secure source. */
  bytes(n: number): Uint8Array;
}

/**
 * Primitives of libsodium. A hash, a MAC and a signature cover `utf8(domain) ‖ 0x00 ‖ parts…`; where there is more than
 * one part, each but the last has a fixed length, so that no two inputs look alike.
 */
export interface Crypto {
  /** BLAKE2b-256: 32 bytes. */
  hash(domain: Domain, ...parts: Uint8Array[]): Uint8Array;
  /** Keyed BLAKE2b-256: 32 bytes. `key` has 32 bytes. */
  mac(key: Uint8Array, domain: Domain, ...parts: Uint8Array[]): Uint8Array;
  /** Ed25519; false for a signature or a key of the wrong length. */
  verify(domain: Domain, message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
  /** Ed25519 with a key from `signKeypair`; for keys that live as bytes (recovery, transport). Devices sign by `Signer`. */
  sign(domain: Domain, message: Uint8Array, secretKey: Uint8Array): Uint8Array;
  /** Ed25519 from a 32-byte seed: `publicKey` 32 bytes, `secretKey` 64 bytes. */
  signKeypair(seed: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array };
  /** XChaCha20-Poly1305 (IETF): `key` 32 bytes, `nonce` 24 bytes; the result is 16 bytes longer than `plain`. */
  seal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, aad: Uint8Array): Uint8Array;
  /** Undefined when the tag does not fit. */
  open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined;
  /** X25519 from a 32-byte seed, for sealed boxes: both keys have 32 bytes. */
  boxKeypair(seed: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array };
  /** `crypto_box_seal`: only who has the secret key can open it, and nobody can tell who sealed it. 48 bytes longer than `plain`. */
  boxSeal(publicKey: Uint8Array, plain: Uint8Array): Uint8Array;
  /** Undefined for what was sealed for another key, or changed. */
  boxOpen(keypair: { publicKey: Uint8Array; secretKey: Uint8Array }, sealed: Uint8Array): Uint8Array | undefined;
  /** Argon2id, 32 bytes. `salt` has 16 bytes; `memory` in bytes. */
  passwordHash(password: Uint8Array, salt: Uint8Array, ops: number, memory: number): Uint8Array;
  /** Constant time; false for different lengths. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  wipe(secret: Uint8Array): void;
}

/** The device key (K1, K6): it never leaves what implements this. */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(domain: Domain, message: Uint8Array): Promise<Uint8Array>;
}

export type SqlValue = Uint8Array | string | number | bigint | null;

/** A synchronous SQLite handle with one connection. Integers come back as numbers (safe integers only). */
export interface Sql {
  /** One or more statements without parameters. */
  exec(sql: string): void;
  run(sql: string, ...params: SqlValue[]): { changes: number; lastId: number };
  get<Row>(sql: string, ...params: SqlValue[]): Row | undefined;
  all<Row>(sql: string, ...params: SqlValue[]): Row[];
  /** `begin immediate … commit`; rolls back and throws on when `run` throws. Not nestable. */
  transaction<T>(run: () => T): T;
  close(): void;
}

export interface LinkReceiver {
  /** One whole frame. While a returned promise is pending no further frame is handed over. */
  frame(bytes: Uint8Array): void | Promise<void>;
  /**
   * The bytes are lent, and only until `frame` returns: what is kept has to be copied. For large frames, which then cost no memory
   * of their own.
   */
  readonly borrows?: true;
  /** Called once, whichever side closed. Nothing is handed over afterwards. */
  closed(): void;
}

/** An open, ordered duplex of frames to one peer, encrypted and authenticated with forward secrecy (F1). */
export interface Link {
  /** The peer's authenticated transport key: raw Ed25519 public key, 32 bytes (K2). */
  readonly peer: Uint8Array;
  /** True where this side dialled. */
  readonly outbound: boolean;
  /** Where the peer is reached, as a multiaddr; for display. */
  readonly address: string;
  /** Starts handing over frames. Called once. */
  start(receiver: LinkReceiver): void;
  /** Resolves when the frame was taken by the transport (backpressure). Rejects once the link is closed. */
  send(frame: Uint8Array): Promise<void>;
  close(): void;
}

/** Largest frame either side sends or accepts, in bytes. */
export const MAX_FRAME = 1 << 20;

/** Wraps the data key at rest (R1). */
export interface Vault {
  /** Stable name of the kind, stored beside the wrapped key. */
  readonly kind: string;
  wrap(dataKey: Uint8Array): Promise<Uint8Array>;
  /** Rejects with a `HomeportError` of code `locked-vault` where the wrapping secret is wrong or missing. */
  unwrap(wrapped: Uint8Array): Promise<Uint8Array>;
}
