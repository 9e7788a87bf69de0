import type { Blobs, NewBlob } from "../../sync/files/blob-port.ts";
import { NODE } from "../../sync/files/tree.ts";
import { HomeportError } from "../../sync/errors.ts";

const FOLDER = "homeport-files";
const TREE = ".tree";
const NEW = "new-";

/** The methods of the File System API that the DOM library of TypeScript does not name. */
interface Movable {
  move(name: string): Promise<void>;
}
interface Listed {
  keys(): AsyncIterable<string>;
}
/** Only in workers (https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle). */
interface SyncHandle {
  read(bytes: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}
interface SyncFile {
  createSyncAccessHandle(): Promise<SyncHandle>;
}

/** Blobs in the origin's private file system: the sealed chunks in one file, the tree of their hashes in another beside it. */
export async function openOpfsBlobs(): Promise<Blobs> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  return {
    create: () => OpfsBlob.open(folder, `${NEW}${crypto.randomUUID()}`),
    open: (name) => OpfsBlob.open(folder, name),
    remove: (name) => removeBlob(folder, name),
    async keepOnly(names) {
      const found: string[] = [];
      for await (const name of (folder as unknown as Listed).keys()) found.push(name);
      for (const name of found) if (!names.has(name.replace(/\.tree$/, ""))) await folder.removeEntry(name);
      return new Set([...names].filter((name) => found.includes(name)));
    },
    async free() {
      const { quota = 0, usage = 0 } = await navigator.storage.estimate();
      return Math.max(0, quota - usage);
    },
  };
}

export async function eraseOpfsBlobs(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  await ifThere(() => root.removeEntry(FOLDER, { recursive: true }));
}

async function removeBlob(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  for (const file of [name, name + TREE]) await ifThere(() => folder.removeEntry(file));
}

async function ifThere(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if ((error as { name?: unknown } | null)?.name !== "NotFoundError") throw error;
  }
}

interface Handles {
  chunks: SyncHandle;
  tree: SyncHandle;
}

class OpfsBlob implements NewBlob {
  readonly #folder: FileSystemDirectoryHandle;
  #name: string;
  #handles: Handles;
  #kept: boolean;

  static async open(folder: FileSystemDirectoryHandle, name: string): Promise<OpfsBlob> {
    return new OpfsBlob(folder, name, await openHandles(folder, name));
  }

  private constructor(folder: FileSystemDirectoryHandle, name: string, handles: Handles) {
    this.#folder = folder;
    this.#name = name;
    this.#handles = handles;
    this.#kept = !name.startsWith(NEW);
  }

  /** What was never written is zero. */
  readNode(position: number): Uint8Array {
    const node = new Uint8Array(NODE);
    this.#handles.tree.read(node, { at: position * NODE });
    return node;
  }

  writeNode(position: number, node: Uint8Array): void {
    translated(() => this.#handles.tree.write(node, { at: position * NODE }));
  }

  async read(offset: number, into: Uint8Array): Promise<Uint8Array> {
    return into.subarray(0, this.#handles.chunks.read(into, { at: offset }));
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const written = translated(() => this.#handles.chunks.write(bytes, { at: offset }));
    if (written < bytes.length) throw full(undefined);
  }

  async sync(): Promise<void> {
    translated(() => {
      this.#handles.chunks.flush();
      this.#handles.tree.flush();
    });
  }

  /** A file that is open cannot be renamed. */
  async keep(name: string): Promise<void> {
    closeHandles(this.#handles);
    for (const suffix of [TREE, ""]) {
      const file = await this.#folder.getFileHandle(this.#name + suffix);
      await (file as unknown as Movable).move(name + suffix);
    }
    this.#name = name;
    this.#kept = true;
    this.#handles = await openHandles(this.#folder, name);
  }

  async close(): Promise<void> {
    closeHandles(this.#handles);
    if (!this.#kept) await removeBlob(this.#folder, this.#name);
  }
}

async function openHandles(folder: FileSystemDirectoryHandle, name: string): Promise<Handles> {
  const open = async (file: string) => {
    const handle = await folder.getFileHandle(file, { create: true });
    return (handle as unknown as SyncFile).createSyncAccessHandle();
  };
  const chunks = await open(name);
  try {
    return { chunks, tree: await open(name + TREE) };
  } catch (error) {
    chunks.close();
    throw error;
  }
}

function closeHandles({ chunks, tree }: Handles): void {
  chunks.close();
  tree.close();
}

function translated<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if ((error as { name?: unknown } | null)?.name === "QuotaExceededError") throw full(error);
    throw error;
  }
}

function full(cause: unknown): HomeportError {
  return new HomeportError("disk-full", "The browser has no more storage for Homeport. Free some space on this device.", { cause });
}
