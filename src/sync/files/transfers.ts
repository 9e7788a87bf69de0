import type { Device } from "../device.ts";
import { toHex } from "../encoding/bytes.ts";
import { HomeportError, MalformedError } from "../errors.ts";
import { Listeners } from "../listeners.ts";
import { Bitmap } from "./bitmap.ts";
import type { Blob } from "./blob-port.ts";
import { Fetch } from "./fetch.ts";
import type { Chunk, FileLink } from "./file-link.ts";
import { chunkCount, chunkLength, sealedLength, STRIDE } from "./layout.ts";
import type { LinkBook } from "./link-book.ts";
import type { OpenBlobs } from "./open-blobs.ts";
import { files, STATE, type WANTED } from "./table.ts";
import { keepProof, provesChunk } from "./tree.ts";

/** Chunks asked of one device and not here yet, over all files: 4 MiB. */
const WINDOW = 16;
/** Files that are fetched at once; the others wait. */
const MOST_AT_ONCE = 8;
const SAVE_BYTES = 32 * 1024 * 1024;
const SAVE_MS = 1_000;
const TELL_MS = 200;
/** Devices are asked again what they hold after this. */
const ASK_AGAIN_MS = 10_000;
const TICK_MS = 2_000;
const RETRY_MS = 60_000;
const BAN_MS = 10 * 60_000;

export interface TransfersOptions {
  device: Device;
  blobs: OpenBlobs;
  links: LinkBook;
  online(): Uint8Array[];
  /** Makes room for a file that is about to come; throws `HomeportError` `quota-exceeded` or `disk-full`. */
  makeRoom(file: { row: number; size: number; missing: number }): Promise<void>;
}

interface Source {
  key: string;
  device: Uint8Array;
  link: FileLink;
}

/** Fetches files from whoever has them: several files and several devices at once, each chunk checked before it is stored. */
export class Transfers {
  /** A file has come further, is here, or cannot come for now. */
  readonly progress = new Listeners<[file: number]>();
  readonly #options: TransfersOptions;
  readonly #device: Device;
  /** By row, in the order in which they take turns. */
  readonly #fetches = new Map<number, Fetch>();
  readonly #waiting: number[] = [];
  /** By device: chunks asked and not here. */
  readonly #inFlight = new Map<string, number>();
  #cancelTick: (() => void) | undefined;
  #closed = false;

  constructor(options: TransfersOptions) {
    this.#options = options;
    this.#device = options.device;
  }

  /** Of a file that is being fetched. */
  get(row: number): Fetch | undefined {
    return this.#fetches.get(row);
  }

  /** Goes on with what was wanted before the last stop. */
  resume(): void {
    for (const { row } of files.inState(this.#device.sql, STATE.wanted)) this.#begin(row);
  }

  /** From now on until it is here, over restarts. */
  want(row: number, by: (typeof WANTED)[keyof typeof WANTED]): void {
    const file = files.get(this.#device.sql, row);
    if (!file || file.state === STATE.here) return;
    if (file.state !== STATE.wanted || file.wanted < by) this.#device.transact(({ sql }) => files.setState(sql, row, STATE.wanted, by));
    const fetch = this.#fetches.get(row);
    if (fetch?.trouble) this.#prepare(fetch);
    else this.#begin(row);
  }

  /** Stops, and forgets what came so far. */
  cancel(row: number): void {
    this.forget(row);
    this.#device.transact(({ sql }) => files.setAway(sql, row));
  }

  /** Stops: the file itself is gone. */
  forget(row: number): void {
    const fetch = this.#fetches.get(row);
    fetch?.end();
    this.#fetches.delete(row);
    const waiting = this.#waiting.indexOf(row);
    if (waiting >= 0) this.#waiting.splice(waiting, 1);
    this.#fill();
  }

  /** A device came or went, or has a link now. */
  check(): void {
    if (this.#closed || this.#fetches.size === 0) return;
    const sources = this.#sources();
    for (const fetch of this.#fetches.values()) {
      const present = new Set(sources.map(({ key }) => key));
      for (const key of fetch.asked.keys()) if (!present.has(key)) this.#leave(fetch, key);
      for (const source of sources) this.#askWhatItHolds(fetch, source);
    }
    for (const source of sources) this.#pump(source);
    this.#tick();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTick?.();
    for (const fetch of this.#fetches.values()) fetch.end();
    this.#fetches.clear();
  }

  #begin(row: number): void {
    if (this.#fetches.has(row) || this.#waiting.includes(row) || this.#closed) return;
    this.#waiting.push(row);
    this.#fill();
  }

  #fill(): void {
    while (this.#fetches.size < MOST_AT_ONCE && this.#waiting.length > 0) {
      const file = files.get(this.#device.sql, this.#waiting.shift() as number);
      if (file?.state !== STATE.wanted) continue;
      const fetch = new Fetch(file, files.bitmap(this.#device.sql, file), this.#device.now());
      this.#fetches.set(file.row, fetch);
      this.#prepare(fetch);
    }
  }

  #prepare(fetch: Fetch): void {
    fetch.trouble = undefined;
    void this.#run(fetch, async () => {
      await this.#options.makeRoom({ row: fetch.row, size: fetch.size, missing: fetch.size - fetch.bytes });
      this.#keepOpen(fetch);
      fetch.ready = true;
      if (fetch.plan.isDone) await this.#save(fetch);
      this.check();
    });
  }

  /** Between two saves the blob holds in memory how to prove what came. */
  #keepOpen(fetch: Fetch): void {
    if (fetch.held) return;
    fetch.held = true;
    void this.#run(fetch, () => this.#options.blobs.use(fetch.blob, () => fetch.finished));
  }

  /** What goes wrong here is this file's trouble alone; it is tried again later. */
  async #run(fetch: Fetch, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (fetch.ended || this.#closed) return;
      fetch.ready = false;
      fetch.trouble =
        error instanceof HomeportError
          ? error
          : new HomeportError("internal", "The file could not be stored; the daemon's log says why.", { cause: error });
      this.#device.log("warn", "a file is not fetched for now", { why: error instanceof Error ? error.message : "unknown" });
      this.#tell(fetch, true);
      this.#device.clock.after(RETRY_MS, () => {
        if (fetch.trouble && !fetch.ended && !this.#closed) this.#prepare(fetch);
      });
    }
  }

  #sources(): Source[] {
    return this.#options.online().flatMap((device) => {
      const link = this.#options.links.use(device);
      return link?.isOpen ? [{ key: toHex(device), device, link }] : [];
    });
  }

  #askWhatItHolds(fetch: Fetch, source: Source): void {
    const now = this.#device.now();
    const last = fetch.asked.get(source.key);
    const holds = fetch.plan.sources.get(source.key);
    const again = last === undefined || (Math.abs(now - last) >= ASK_AGAIN_MS && !holds?.isFull);
    if (!fetch.ready || !again || fetch.plan.isDone) return;
    fetch.asked.set(source.key, now);
    void this.#offer(fetch, source);
  }

  #leave(fetch: Fetch, source: string): void {
    fetch.plan.leave(source);
    fetch.asked.delete(source);
  }

  async #offer(fetch: Fetch, source: Source): Promise<void> {
    try {
      const bits = await source.link.ask(fetch);
      if (bits === undefined || fetch.ended) return;
      fetch.plan.offer(source.key, bitmapOf(fetch, bits));
      this.#pump(source);
    } catch (error) {
      fetch.asked.delete(source.key);
      if (error instanceof MalformedError) source.link.close(error.message);
    }
  }

  /** Asks until the window is full; the files take turns, so that a small one does not wait for a large one. */
  #pump(source: Source): void {
    if (this.#closed || !source.link.isOpen) return;
    for (let idle = 0; idle < this.#fetches.size && (this.#inFlight.get(source.key) ?? 0) < WINDOW; ) {
      const [row, fetch] = this.#fetches.entries().next().value as [number, Fetch];
      this.#fetches.delete(row);
      this.#fetches.set(row, fetch);
      const index = fetch.ready ? fetch.plan.next(source.key, this.#device.now()) : undefined;
      idle = index === undefined ? idle + 1 : 0;
      if (index !== undefined) void this.#fetchChunk(fetch, source, index);
    }
  }

  async #fetchChunk(fetch: Fetch, source: Source, index: number): Promise<void> {
    this.#inFlight.set(source.key, (this.#inFlight.get(source.key) ?? 0) + 1);
    await this.#run(fetch, async () => {
      let chunk: Chunk | undefined;
      try {
        chunk = await source.link.get(fetch, index).catch(() => undefined);
        if (chunk && !fetch.ended && !fetch.plan.have.has(index)) await this.#take(fetch, source, index, chunk);
        else fetch.plan.missed(source.key, index);
      } catch (error) {
        fetch.plan.missed(source.key, index);
        throw error;
      } finally {
        chunk?.release();
      }
    });
    this.#inFlight.set(source.key, (this.#inFlight.get(source.key) ?? 1) - 1);
    if (source.link.isOpen && !source.link.isWorn) this.#pump(source);
    else this.check();
  }

  async #take(fetch: Fetch, source: Source, index: number, { sealed, proof }: Chunk): Promise<void> {
    const genuine = sealed.length === sealedLength(fetch.size, index) && provesChunk(this.#device.crypto, fetch, index, sealed, proof);
    if (!genuine) return this.#distrust(source);
    await this.#options.blobs.use(fetch.blob, async (blob: Blob) => {
      await blob.write(index * STRIDE, sealed);
      keepProof(blob, chunkCount(fetch.size), index, proof);
    });
    if (fetch.plan.have.has(index) || fetch.ended) return;
    fetch.plan.got(index);
    fetch.bytes += chunkLength(fetch.size, index);
    fetch.unsaved += sealed.length;
    const due = fetch.unsaved >= SAVE_BYTES || Math.abs(this.#device.now() - fetch.savedAt) >= SAVE_MS || fetch.plan.isDone;
    if (due) await this.#save(fetch);
    this.#tell(fetch, false);
  }

  #distrust(source: Source): void {
    this.#device.log("warn", "a device sent a part of a file that does not belong to it; it is not asked for a while", {
      device: this.#device.records.get(source.device)?.name ?? "",
    });
    this.#options.links.ban(source.device, this.#device.now() + BAN_MS);
    for (const other of this.#fetches.values()) this.#leave(other, source.key);
    this.#options.links.closeOf(source.device, "it sent a chunk that does not belong to the file");
  }

  /** What is said to be here is on the disk first. */
  async #save(fetch: Fetch): Promise<void> {
    if (fetch.saving) return;
    fetch.saving = true;
    try {
      const bits = fetch.plan.have.bytes();
      const { bytes, unsaved } = fetch;
      const done = fetch.plan.isDone;
      await this.#options.blobs.use(fetch.blob, (blob) => blob.sync());
      if (fetch.ended || this.#closed) return;
      fetch.unsaved -= unsaved;
      fetch.savedAt = this.#device.now();
      this.#device.transact((writer) =>
        done ? files.setHere(writer.sql, fetch.row, fetch.size) : files.setBitmap(writer.sql, fetch.row, bits, bytes),
      );
      if (done) this.#done(fetch);
    } finally {
      fetch.saving = false;
    }
    // Something came while it was saved, perhaps the last chunk.
    if (!fetch.ended && fetch.plan.isDone) await this.#save(fetch);
  }

  #done(fetch: Fetch): void {
    fetch.end();
    this.#fetches.delete(fetch.row);
    this.progress.tell(fetch.row);
    this.#fill();
  }

  #tell(fetch: Fetch, always: boolean): void {
    const now = this.#device.now();
    if (fetch.ended || (!always && Math.abs(now - fetch.toldAt) < TELL_MS)) return;
    fetch.toldAt = now;
    this.progress.tell(fetch.row);
  }

  #tick(): void {
    if (this.#cancelTick || this.#closed) return;
    this.#cancelTick = this.#device.clock.after(TICK_MS, () => {
      this.#cancelTick = undefined;
      this.check();
    });
  }
}

function bitmapOf(fetch: Fetch, bits: Uint8Array | null): Bitmap {
  const length = chunkCount(fetch.size);
  if (bits === null) return Bitmap.full(length);
  if (bits.length !== Math.ceil(length / 8)) throw new MalformedError("a bitmap of another length");
  try {
    return new Bitmap(length, bits);
  } catch (cause) {
    throw new MalformedError("not a bitmap", { cause });
  }
}
