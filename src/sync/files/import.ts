import { HomeportError } from "../errors.ts";
import type { Crypto, Random } from "../ports.ts";
import type { Blobs, NewBlob } from "./blob-port.ts";
import { CHUNK, MAX_FILE, STRIDE } from "./layout.ts";
import { sealChunk } from "./seal.ts";
import { blobName } from "./table.ts";
import { buildTree, leafOf } from "./tree.ts";

/** A file that lies sealed on this device and that no entry names yet. */
export interface Imported {
  root: Uint8Array;
  key: Uint8Array;
  size: number;
  /** Of its blob. */
  name: string;
}

export interface ImportOptions {
  crypto: Crypto;
  random: Random;
  blobs: Blobs;
  /** Called with the bytes that were taken so far. */
  progress(bytes: number): void;
  /** Lets others have their turn. */
  pause(): Promise<void>;
}

/** Seals a stream of bytes under a key of its own. Nothing is left where it fails. Throws `too-large`, `disk-full`. */
export async function importFile(source: AsyncIterable<Uint8Array>, options: ImportOptions): Promise<Imported> {
  const { crypto, random, blobs, pause } = options;
  const key = random.bytes(32);
  const blob = await blobs.create();
  try {
    const size = await sealAll(source, key, blob, options);
    const root = await buildTree(crypto, blob, size, pause);
    await blob.sync();
    const name = blobName({ root, size });
    await blob.keep(name);
    return { root, key, size, name };
  } finally {
    await blob.close();
  }
}

async function sealAll(
  source: AsyncIterable<Uint8Array>,
  key: Uint8Array,
  blob: NewBlob,
  { crypto, progress }: ImportOptions,
): Promise<number> {
  const chunk = new Uint8Array(CHUNK);
  let [filled, index, size] = [0, 0, 0];
  const flush = async (): Promise<void> => {
    const sealed = sealChunk(crypto, key, index, chunk.subarray(0, filled));
    blob.writeNode(index, leafOf(crypto, sealed));
    await blob.write(index * STRIDE, sealed);
    index += 1;
    filled = 0;
    progress(size);
  };
  try {
    for await (const piece of source) {
      size += piece.length;
      if (size > MAX_FILE) throw new HomeportError("too-large", "A file has at most 1 TiB.");
      for (let at = 0; at < piece.length; ) {
        const taken = Math.min(CHUNK - filled, piece.length - at);
        chunk.set(piece.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
        if (filled === CHUNK) await flush();
      }
    }
    if (filled > 0) await flush();
  } finally {
    crypto.wipe(chunk);
  }
  return size;
}
