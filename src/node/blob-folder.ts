import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Blobs, NewBlob } from "../sync/files/blob-port.ts";
import { BlobNodes } from "./blob-nodes.ts";
import { forPeople } from "./disk-errors.ts";

/** Of a data folder. */
export const blobFolder = (data: string): string => join(data, "files");

const TREE = ".tree";
const NEW = "new-";

/**
 * Blobs as files of one folder: the sealed chunks one behind the other, and beside them the tree of their hashes. Which chunks
 * are really there the database says; what a file is called, or how long it is, means nothing.
 */
export async function openBlobFolder(folder: string): Promise<Blobs> {
  await translated(() => mkdir(folder, { recursive: true, mode: 0o700 }));
  return {
    create: () => translated(() => FileBlob.open(folder, `${NEW}${randomBytes(16).toString("hex")}`)),
    open: (name) => translated(() => FileBlob.open(folder, name)),
    remove: (name) => translated(() => removeBlob(folder, name)),
    async keepOnly(names) {
      const found = new Set(await readdir(folder));
      for (const file of found) if (!names.has(file.replace(/\.tree$/, ""))) await rm(join(folder, file), { recursive: true, force: true });
      return new Set([...names].filter((name) => found.has(name)));
    },
    async free() {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
  };
}

async function removeBlob(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { force: true });
  await rm(join(folder, name + TREE), { force: true });
}

class FileBlob implements NewBlob {
  readonly #folder: string;
  #name: string;
  readonly #chunks: FileHandle;
  readonly #tree: FileHandle;
  readonly #nodes: BlobNodes;
  #kept = false;

  static async open(folder: string, name: string): Promise<FileBlob> {
    const flags = constants.O_RDWR | constants.O_CREAT;
    const chunks = await open(join(folder, name), flags, 0o600);
    try {
      return new FileBlob(folder, name, chunks, await open(join(folder, name + TREE), flags, 0o600));
    } catch (error) {
      await chunks.close();
      throw error;
    }
  }

  private constructor(folder: string, name: string, chunks: FileHandle, tree: FileHandle) {
    this.#folder = folder;
    this.#name = name;
    this.#chunks = chunks;
    this.#tree = tree;
    this.#nodes = new BlobNodes(tree.fd);
    this.#kept = !name.startsWith(NEW);
  }

  readNode(position: number): Uint8Array {
    return sync(() => this.#nodes.readNode(position));
  }

  writeNode(position: number, node: Uint8Array): void {
    sync(() => this.#nodes.writeNode(position, node));
  }

  async read(offset: number, into: Uint8Array): Promise<Uint8Array> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await translated(() => this.#chunks.read(into, done, into.length - done, offset + done));
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return into.subarray(0, done);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const at = done;
      done += (await translated(() => this.#chunks.write(bytes, at, bytes.length - at, offset + at))).bytesWritten;
    }
  }

  async sync(): Promise<void> {
    sync(() => this.#nodes.flush());
    await translated(() => Promise.all([this.#chunks.datasync(), this.#tree.datasync()]));
  }

  async keep(name: string): Promise<void> {
    await translated(async () => {
      await rename(join(this.#folder, this.#name + TREE), join(this.#folder, name + TREE));
      await rename(join(this.#folder, this.#name), join(this.#folder, name));
      const folder = await open(this.#folder, "r");
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    });
    this.#name = name;
    this.#kept = true;
  }

  async close(): Promise<void> {
    // A full disk is no reason not to close: what was not synced is not counted on.
    await Promise.allSettled([this.#chunks.close(), this.#tree.close()]);
    if (!this.#kept) await removeBlob(this.#folder, this.#name);
  }
}

async function translated<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw forPeople(error);
  }
}

function sync<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw forPeople(error);
  }
}
