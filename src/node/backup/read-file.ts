import { type FileHandle, open } from "node:fs/promises";
import { CHUNK, CHUNK_OVERHEAD, ChunkOpener, DIGEST, firstDigest, nextDigest } from "../../sync/backup/chunks.ts";
import { type BackupHeader, checkHead, damaged, decodeHead, PREAMBLE, restOfHead } from "../../sync/backup/header.ts";
import { PartReader } from "../../sync/backup/parts.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Crypto } from "../../sync/ports.ts";

const SEALED = CHUNK + CHUNK_OVERHEAD;

/** An open backup. `close` it. */
export interface BackupFile {
  header: BackupHeader;
  bytes: number;
  /** Its parts, opened with the file key, one after the other; each throws `damaged-backup` where something was changed. */
  parts(fileKey: Uint8Array): PartReader;
  /** Reads all of it and says whether it is as it was written, without any key: finds damage, not malice. Throws `damaged-backup`. */
  checkDigest(): Promise<void>;
  close(): Promise<void>;
}

/** Rejects with `not-found`, `not-a-backup`, `newer-backup`, `damaged-backup`. */
export async function openBackup(crypto: Crypto, path: string): Promise<BackupFile> {
  const file = await open(path, "r").catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    throw new HomeportError("not-found", `${path} cannot be read (${code ?? "unknown error"}); check the path and its permissions.`, {
      cause,
    });
  });
  try {
    const { size } = await file.stat();
    const preamble = await readAt(file, 0, PREAMBLE);
    if (preamble.length < PREAMBLE) restOfHead(padded(preamble));
    const head = await readAt(file, 0, PREAMBLE + restOfHead(preamble));
    const header = decodeHead(head);
    const end = size - DIGEST;
    return {
      ...{ header, bytes: size, close: () => file.close() },
      parts(fileKey) {
        checkHead(crypto, fileKey, head);
        return new PartReader(opened(crypto, fileKey, head, sealedChunks(file, head.length, end)));
      },
      async checkDigest() {
        let digest = firstDigest(crypto, head);
        for await (const { sealed } of sealedChunks(file, head.length, end)) digest = nextDigest(crypto, digest, sealed);
        if (!sameBytes(digest, await readAt(file, end, DIGEST))) throw damaged("it was changed or cut off");
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function* opened(
  crypto: Crypto,
  fileKey: Uint8Array,
  head: Uint8Array,
  chunks: AsyncIterable<{ sealed: Uint8Array; last: boolean }>,
): AsyncGenerator<Uint8Array> {
  const opener = new ChunkOpener(crypto, fileKey, head);
  for await (const { sealed, last } of chunks) yield opener.open(sealed, last);
}

async function* sealedChunks(file: FileHandle, start: number, end: number): AsyncGenerator<{ sealed: Uint8Array; last: boolean }> {
  if (end - start < CHUNK_OVERHEAD) throw damaged("it was cut off");
  for (let at = start; at < end; at += SEALED) {
    const sealed = await readAt(file, at, Math.min(SEALED, end - at));
    if (sealed.length < CHUNK_OVERHEAD) throw damaged("it was cut off");
    yield { sealed, last: at + SEALED >= end };
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Too short to be a backup, or one that was cut off at once: its first bytes tell. */
function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(PREAMBLE);
  whole.set(bytes);
  return whole;
}
