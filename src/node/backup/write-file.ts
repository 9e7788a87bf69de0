import { type FileHandle, link, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ChunkSealer, CHUNK } from "../../sync/backup/chunks.ts";
import { type BackupHeader, encodeHead } from "../../sync/backup/header.ts";
import { encodePart, END_OF_PARTS, type PartInfo } from "../../sync/backup/parts.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Crypto } from "../../sync/ports.ts";
import { forPeople } from "../disk-errors.ts";

/** What goes into a backup; its bytes are asked for when it is its turn, and are as many as `size` says. */
export interface Part extends PartInfo {
  bytes(): AsyncIterable<Uint8Array>;
}

/** The next one is asked for when the one before was read. */
type Parts = Iterable<Part> | AsyncIterable<Part>;

/**
 * Writes a backup, one chunk at a time, under a name of its own until all of it is on the disk. Resolves with its size in bytes.
 * Rejects with `exists`, `disk-full`, `no-folder`, `read-only`.
 */
export async function writeBackup(
  crypto: Crypto,
  path: string,
  { header, fileKey, parts }: { header: BackupHeader; fileKey: Uint8Array; parts: Parts },
): Promise<number> {
  const unfinished = `${path}.part`;
  const file = await open(unfinished, "wx", 0o600).catch((cause: unknown) => {
    throw cannotWrite(unfinished, cause);
  });
  try {
    const size = await writeAll(crypto, file, header, fileKey, parts);
    await file.sync();
    // Unlike a rename, it never replaces what is there.
    await link(unfinished, path).catch((cause: unknown) => {
      throw cannotWrite(path, cause);
    });
    await syncFolder(dirname(path));
    return size;
  } catch (error) {
    throw forPeople(error);
  } finally {
    await file.close();
    await rm(unfinished, { force: true });
  }
}

async function writeAll(crypto: Crypto, file: FileHandle, header: BackupHeader, fileKey: Uint8Array, parts: Parts): Promise<number> {
  const head = encodeHead(crypto, fileKey, header);
  const sealer = new ChunkSealer(crypto, fileKey, head);
  let size = 0;
  const write = async (bytes: Uint8Array) => {
    await file.writeFile(bytes);
    size += bytes.length;
  };
  await write(head);
  for await (const { plain, last } of chunked(contentOf(parts))) await write(sealer.seal(plain, last));
  await write(sealer.end());
  return size;
}

async function* contentOf(parts: Parts): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    yield encodePart(part);
    let left = part.size;
    for await (const bytes of part.bytes()) {
      left -= bytes.length;
      yield bytes;
    }
    if (left !== 0) throw new HomeportError("backup-failed", "What was to be backed up changed meanwhile. Try again.");
  }
  yield END_OF_PARTS;
}

/** The bytes in chunks, all but the last full; memory stays that of two. */
async function* chunked(source: AsyncIterable<Uint8Array>): AsyncGenerator<{ plain: Uint8Array; last: boolean }> {
  const chunk = new Uint8Array(CHUNK);
  let filled = 0;
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length; ) {
      if (filled === CHUNK) {
        yield { plain: chunk, last: false };
        filled = 0;
      }
      const taken = bytes.subarray(at, at + CHUNK - filled);
      chunk.set(taken, filled);
      filled += taken.length;
      at += taken.length;
    }
  }
  yield { plain: chunk.subarray(0, filled), last: true };
  chunk.fill(0);
}

/** So that the new name survives a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function cannotWrite(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EEXIST") return new HomeportError("exists", `${path} is there already; name another file, or remove it.`, { cause });
  if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES")
    return new HomeportError("no-folder", `${path} cannot be written (${code}); check the folder and its permissions.`, { cause });
  return cause;
}
