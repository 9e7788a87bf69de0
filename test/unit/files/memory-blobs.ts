import { HomeportError } from "../../../src/sync/errors.ts";
import type { Blob, Blobs, NewBlob } from "../../../src/sync/files/blob-port.ts";
import type { Nodes } from "../../../src/sync/files/tree.ts";

/** Nodes in memory. */
export class MemoryNodes implements Nodes {
  readonly nodes = new Map<number, Uint8Array>();
  readNode(position: number): Uint8Array {
    return this.nodes.get(position) ?? new Uint8Array(32);
  }
  writeNode(position: number, node: Uint8Array): void {
    this.nodes.set(position, node.slice());
  }
}

class MemoryBlob extends MemoryNodes implements Blob {
  #store = new Uint8Array(0);
  #length = 0;
  readonly #disk: MemoryBlobs;
  constructor(disk: MemoryBlobs) {
    super();
    this.#disk = disk;
  }
  get bytes(): Uint8Array {
    return this.#store.subarray(0, this.#length);
  }
  async read(offset: number, into: Uint8Array): Promise<Uint8Array> {
    const found = this.bytes.subarray(offset, offset + into.length);
    into.set(found);
    return into.subarray(0, found.length);
  }
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    if (this.#disk.full) throw new HomeportError("disk-full", "The disk is full.");
    const end = offset + bytes.length;
    if (end > this.#store.length) {
      const grown = new Uint8Array(2 * end);
      grown.set(this.#store);
      this.#store = grown;
    }
    this.#store.set(bytes, offset);
    this.#length = Math.max(this.#length, end);
  }
  async sync(): Promise<void> {
    if (this.#disk.full) throw new HomeportError("disk-full", "The disk is full.");
  }
  async close(): Promise<void> {}
}

/** A disk that can be full, and whose bytes a test can spoil. */
export class MemoryBlobs implements Blobs {
  readonly blobs = new Map<string, MemoryBlob>();
  full = false;
  space = 2 ** 40;
  async create(): Promise<NewBlob> {
    const blob = new MemoryBlob(this);
    return Object.assign(blob, { keep: async (name: string) => void this.blobs.set(name, blob) });
  }
  async open(name: string): Promise<Blob> {
    const blob = this.blobs.get(name) ?? new MemoryBlob(this);
    this.blobs.set(name, blob);
    return blob;
  }
  async remove(name: string): Promise<void> {
    this.blobs.delete(name);
  }
  async keepOnly(names: ReadonlySet<string>): Promise<Set<string>> {
    for (const name of this.blobs.keys()) if (!names.has(name)) this.blobs.delete(name);
    return new Set(this.blobs.keys());
  }
  async free(): Promise<number> {
    return this.full ? 0 : this.space;
  }
}
