import type { FileRef } from "../content/file.ts";
import type { Device } from "../device.ts";
import type { StoredEntry, Writer } from "../core.ts";
import { HomeportError } from "../errors.ts";
import { Listeners } from "../listeners.ts";
import type { Link } from "../ports.ts";
import { mayHaveFile } from "./access.ts";
import { BufferPool } from "./buffer-pool.ts";
import type { Blobs } from "./blob-port.ts";
import { type Chunk, FileLink, type FileName } from "./file-link.ts";
import { type Imported, importFile } from "./import.ts";
import { chunkCount, chunkLength, sealedLength, STRIDE } from "./layout.ts";
import { LinkBook } from "./link-book.ts";
import { OpenBlobs } from "./open-blobs.ts";
import type { FilePeers } from "./peers.ts";
import type { FilesProjection } from "./projection.ts";
import { requireSpace, roomFor } from "./quota.ts";
import { openChunk } from "./seal.ts";
import { blobName, type FileRow, files, STATE, WANTED } from "./table.ts";
import { Transfers } from "./transfers.ts";
import { proofOf } from "./tree.ts";

export interface FilesOptions {
  device: Device;
  projection: FilesProjection;
  blobs: Blobs;
  peers: FilePeers;
  /** Bytes that fetched copies may take. */
  quota: number;
  /** Files up to so many bytes are fetched without being asked for. */
  autoFetch: number;
}

export interface FileProgress {
  state: "away" | "fetching" | "here";
  /** Bytes of the file that are here. */
  received: number;
  /** This device's own copy is the original. */
  original: boolean;
  /** Why it does not go on. */
  trouble: HomeportError | undefined;
}

/** The files that entries name: sealed on this disk, served to whoever may have them, fetched from whoever has them. */
export class Files {
  /** A file came further, is here, is gone, or cannot come for now. */
  readonly progress = new Listeners<[file: number]>();
  readonly #options: FilesOptions;
  readonly #device: Device;
  readonly #blobs: OpenBlobs;
  readonly #links: LinkBook;
  readonly #transfers: Transfers;
  readonly #remove: (() => void)[];
  readonly #pool = new BufferPool();

  /** Throws away what a crash left on the disk, and goes on with what was wanted. */
  static async open(options: FilesOptions): Promise<Files> {
    const { device, blobs } = options;
    const rows = [...files.inState(device.sql, STATE.here), ...files.inState(device.sql, STATE.wanted)];
    const found = await blobs.keepOnly(new Set(rows.map(blobName)));
    // After a restored backup, or where somebody tidied up: what is not on the disk is fetched when it is wanted again.
    const missing = rows.filter((row) => row.state === STATE.here && row.size > 0 && !found.has(blobName(row)));
    if (missing.length > 0) device.transact(({ sql }) => missing.forEach(({ row }) => files.setAway(sql, row)));
    return new Files(options);
  }

  private constructor(options: FilesOptions) {
    const { device, projection, peers } = options;
    this.#options = options;
    this.#device = device;
    this.#blobs = new OpenBlobs(options.blobs);
    this.#links = new LinkBook(peers, () => device.now());
    this.#transfers = new Transfers({
      ...{ device, blobs: this.#blobs, links: this.#links },
      online: () => peers.online().filter((key) => device.isAdmitted(key)),
      makeRoom: (file) => this.#makeRoom(file),
    });
    this.#transfers.progress.add((row) => this.progress.tell(row));
    this.#remove = [
      peers.changes.add(() => this.#transfers.check()),
      device.accountChanges.add(() => this.#links.closeIf((key) => !device.isAdmitted(key), "it is not admitted any more")),
      projection.named.add((row) => this.#named(row)),
      projection.dropped.add((gone) => gone.forEach((file) => this.#dropped(file))),
    ];
    this.#transfers.resume();
  }

  /** A link about files, whoever dialled it. */
  add(link: Link): void {
    const peer = this.#device.records.admittedByTransport(this.#device.account, link.peer);
    if (!peer) return link.close();
    const { device } = peer;
    const made = new FileLink({
      ...{ link, clock: this.#device.clock, pool: this.#pool },
      answers: { holds: (file) => this.#holds(device, file), chunk: (file, index) => this.#chunk(device, file, index) },
      log: (why) => this.#device.log("debug", "a link about files ended", { device: peer.name, why }),
      closed: (closed) => {
        this.#links.remove(device, closed);
        this.#transfers.check();
      },
    });
    this.#links.add(device, made);
    this.#transfers.check();
  }

  /** Seals a stream of bytes. Nothing refers to it yet: `keep` or `discard` has to follow. */
  async import(source: AsyncIterable<Uint8Array>, expected: number, progress: (bytes: number) => void): Promise<Imported> {
    requireSpace(await this.#options.blobs.free(), expected);
    const { crypto, random, clock } = this.#device;
    const pause = (): Promise<void> => new Promise((resolve) => void clock.after(0, resolve));
    return importFile(source, { ...{ crypto, random, blobs: this.#options.blobs, progress, pause } });
  }

  /** In the transaction that appended an entry which names it: the copy here is the original. */
  keep(writer: Writer, imported: Imported): void {
    files.setOwn(writer.sql, imported.root, imported.size);
  }

  async discard(imported: Imported): Promise<void> {
    await this.#blobs.remove(imported.name);
  }

  get(row: number): FileRow | undefined {
    return files.get(this.#device.sql, row);
  }

  byRoot(root: Uint8Array): FileRow | undefined {
    return files.byRoot(this.#device.sql, root);
  }

  /** Rows of the files that an entry names, in its order. */
  ofEntry(entry: StoredEntry): number[] {
    return files.rowsOfEntry(this.#device.sql, entry.row);
  }

  progressOf(row: number): FileProgress {
    const file = files.get(this.#device.sql, row);
    const fetch = this.#transfers.get(row);
    const state = file?.state === STATE.here ? "here" : file?.state === STATE.wanted ? "fetching" : "away";
    return { state, received: fetch?.bytes ?? file?.bytes ?? 0, original: file?.own === 1, trouble: fetch?.trouble };
  }

  /** Bytes of files on this device, whole or not. */
  storedBytes(): number {
    return this.#device.sql.get<{ bytes: number }>("select coalesce(sum(bytes), 0) as bytes from file")?.bytes ?? 0;
  }

  fetch(row: number): void {
    this.#transfers.want(row, WANTED.byPerson);
    this.progress.tell(row);
  }

  /** Stops fetching; what came so far is thrown away. */
  async cancel(row: number): Promise<void> {
    const file = files.get(this.#device.sql, row);
    if (file?.state !== STATE.wanted) return;
    this.#transfers.cancel(row);
    await this.#blobs.remove(blobName(file));
    this.progress.tell(row);
  }

  /** The bytes of a file that is here. Throws `not-here`, or `corrupt` where the disk lost a part, which is fetched again. */
  async *read(row: number, { key }: FileRef): AsyncGenerator<Uint8Array> {
    const file = files.get(this.#device.sql, row);
    if (file?.state !== STATE.here) throw new HomeportError("not-here", "The file is not on this device yet.");
    const { sql } = this.#device;
    const now = this.#device.now();
    this.#device.postpone(
      `file-used/${row}`,
      () => files.touch(sql, row, now),
      () => undefined,
    );
    for (let index = 0; index < chunkCount(file.size); index++) {
      const sealed = await this.#readChunk(file, index, new Uint8Array(sealedLength(file.size, index)));
      const plain = sealed.length === sealedLength(file.size, index) ? openChunk(this.#device.crypto, key, index, sealed) : undefined;
      if (!plain) throw this.#damaged(file, index);
      yield plain;
    }
  }

  async close(): Promise<void> {
    for (const remove of this.#remove) remove();
    this.#transfers.close();
    this.#links.closeIf(() => true, "Homeport is shutting down");
    await this.#blobs.close();
  }

  #named(row: number): void {
    const file = files.get(this.#device.sql, row);
    if (file?.state === STATE.away && file.size <= this.#options.autoFetch) this.#transfers.want(row, WANTED.byRule);
  }

  #dropped(file: { row: number; root: Uint8Array; size: number }): void {
    this.#transfers.forget(file.row);
    this.#inBackground(this.#blobs.remove(blobName(file)));
    this.progress.tell(file.row);
  }

  /** J4. */
  #allowed(device: Uint8Array, { root, size }: FileName): FileRow | undefined {
    const file = files.find(this.#device.sql, root, size);
    return file && mayHaveFile(this.#device, device, file.row) ? file : undefined;
  }

  #holds(device: Uint8Array, name: FileName): Uint8Array | null | undefined {
    const file = this.#allowed(device, name);
    if (!file || file.state === STATE.away) return undefined;
    if (file.state === STATE.here) return null;
    return files.bitmap(this.#device.sql, file).bytes();
  }

  async #chunk(device: Uint8Array, name: FileName, index: number): Promise<Chunk | undefined> {
    const file = this.#allowed(device, name);
    const leaves = chunkCount(name.size);
    if (!file || file.state === STATE.away || index >= leaves || !this.#has(file, index)) return undefined;
    const buffer = this.#pool.take(sealedLength(file.size, index));
    const release = () => this.#pool.give(buffer);
    const sealed = await this.#readChunk(file, index, buffer);
    if (sealed.length === buffer.length)
      return this.#blobs.use(blobName(file), async (blob) => ({ sealed, proof: proofOf(blob, leaves, index), release }));
    release();
    return undefined;
  }

  #has(file: FileRow, index: number): boolean {
    return file.state === STATE.here || files.bitmap(this.#device.sql, file).has(index);
  }

  #readChunk(file: FileRow, index: number, into: Uint8Array): Promise<Uint8Array> {
    return this.#blobs.use(blobName(file), (blob) => blob.read(index * STRIDE, into));
  }

  #damaged(file: FileRow, index: number): HomeportError {
    const bitmap = files.bitmap(this.#device.sql, file);
    bitmap.delete(index);
    const bytes = Math.max(0, file.bytes - chunkLength(file.size, index));
    this.#device.transact(({ sql }) => {
      files.setBitmap(sql, file.row, bitmap.bytes(), bytes);
      files.setState(sql, file.row, STATE.wanted, WANTED.byPerson);
    });
    this.#device.log("error", "a part of a file is damaged on the disk; it is fetched again", { chunk: index });
    this.#transfers.want(file.row, WANTED.byPerson);
    return new HomeportError(
      "corrupt",
      "A part of the file is damaged on this disk; it is fetched again from another device, if one has it.",
    );
  }

  async #makeRoom({ row, missing }: { row: number; missing: number }): Promise<void> {
    const file = files.get(this.#device.sql, row);
    if (!file) return;
    const { drop } = roomFor(this.#device, file, this.#options.quota);
    if (drop.length > 0) this.#device.transact(({ sql }) => drop.forEach((copy) => files.setAway(sql, copy.row)));
    for (const copy of drop) {
      await this.#blobs.remove(blobName(copy));
      this.#device.log("info", "a fetched copy of a file made room for another", { bytes: copy.size });
      this.progress.tell(copy.row);
    }
    requireSpace(await this.#options.blobs.free(), missing);
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) =>
      this.#device.log("error", "a file could not be removed; it will be at the next start", {
        what: error instanceof Error ? error.message : "unknown",
      }),
    );
  }
}
