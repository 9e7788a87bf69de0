import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { damaged } from "../../sync/backup/header.ts";
import type { PartInfo } from "../../sync/backup/parts.ts";
import { blobName, files, STATE } from "../../sync/files/table.ts";
import type { Sql } from "../../sync/ports.ts";
import type { Part } from "./write-file.ts";

/** In front of a blob's name: its sealed chunks, and the tree of their hashes. */
const CHUNKS = "file/";
const TREE = "file-tree/";
const NAME = /^(file|file-tree)\/([0-9a-f]{64}-[0-9a-z]{1,9})$/;
const READ_AT_ONCE = 256 * 1024;

/** What was put into a backup. */
export interface Counted {
  count: number;
  bytes: number;
}

/**
 * The files that are whole on this device, one after the other, as they lie on the disk: sealed under keys that are in the messages.
 * One that goes meanwhile is left out. Memory is that of one piece, whatever their sizes.
 */
export async function* fileParts(sql: Sql, folder: string, counted: Counted): AsyncGenerator<Part> {
  const names = files
    .inState(sql, STATE.here)
    .filter(({ size }) => size > 0)
    .map(blobName);
  for (const name of names) {
    const handles = await openBoth(join(folder, name));
    if (!handles) continue;
    const [chunks, tree] = handles;
    try {
      const part = await partOf(CHUNKS + name, chunks);
      yield part;
      yield await partOf(TREE + name, tree);
      counted.count += 1;
      counted.bytes += part.size;
    } finally {
      await Promise.all(handles.map((handle) => handle.close()));
    }
  }
}

/** Takes the files of a backup apart again, into a folder that is nobody's yet. Throws `damaged-backup`. */
export class FileTaker {
  readonly #folder: string;
  #made = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** False: not a part of a file. */
  async take({ name }: PartInfo, bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
    const [, kind, blob] = NAME.exec(name) ?? [];
    if (kind === undefined || blob === undefined) {
      if (name.startsWith(CHUNKS) || name.startsWith(TREE)) throw damaged("it has a file that cannot be named");
      return false;
    }
    if (!this.#made) await mkdir(this.#folder, { mode: 0o700 });
    this.#made = true;
    const file = await open(join(this.#folder, kind === "file" ? blob : `${blob}.tree`), "wx", 0o600);
    try {
      for await (const piece of bytes) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  }

  get hasAny(): boolean {
    return this.#made;
  }

  discard(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}

async function openBoth(path: string): Promise<[FileHandle, FileHandle] | undefined> {
  const chunks = await open(path, "r").catch(goneOnly);
  const tree = chunks && (await open(`${path}.tree`, "r").catch(goneOnly));
  if (chunks && tree) return [chunks, tree];
  await chunks?.close();
  return undefined;
}

function goneOnly(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}

async function partOf(name: string, handle: FileHandle): Promise<Part> {
  const { size } = await handle.stat();
  return { name, size, required: false, bytes: () => handle.createReadStream({ start: 0, autoClose: false, highWaterMark: READ_AT_ONCE }) };
}
