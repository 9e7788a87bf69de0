import type { Nodes } from "./tree.ts";

/** Where the sealed chunks of files lie: a folder in Node, the origin's private file system in a browser. Errors are `HomeportError`s. */
export interface Blobs {
  /** A new one without a name, which is gone after a crash. */
  create(): Promise<NewBlob>;
  /** One for chunks in any order; makes it where there is none. */
  open(name: string): Promise<Blob>;
  /** Also where there is none. */
  remove(name: string): Promise<void>;
  /** Removes what is none of these, and what never got a name; resolves with those that are there. To be called before anything else. */
  keepOnly(names: ReadonlySet<string>): Promise<Set<string>>;
  /** Bytes that can still be stored. */
  free(): Promise<number>;
}

export interface Blob extends Nodes {
  /** Reads into the given bytes; resolves with the first part of them where there are no more. */
  read(offset: number, into: Uint8Array): Promise<Uint8Array>;
  /** Rejects with `disk-full` where there is no room; what was written before stays. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Resolves when all chunks and nodes that were written before are on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface NewBlob extends Blob {
  /** After `sync`: gives it its name, for good; it has to be closed all the same. */
  keep(name: string): Promise<void>;
}
