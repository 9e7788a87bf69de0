import { HomeportError, MalformedError } from "../errors.ts";
import type { Clock, Link } from "../ports.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { decodeFileFrame, encodeFileFrame, type FileFrame } from "./frames.ts";

export interface Chunk {
  /** 32 bytes a node, from the bottom up. */
  proof: Uint8Array;
  sealed: Uint8Array;
  /** Nobody looks at `sealed` any more. */
  release(): void;
}

export interface FileName {
  /** 32 bytes. */
  root: Uint8Array;
  size: number;
}

/** What a peer may be answered; undefined where it is not here or not for this peer. */
export interface Answers {
  /** The chunks that are here; null for all. */
  holds(file: FileName): Uint8Array | null | undefined;
  chunk(file: FileName, index: number): Promise<Chunk | undefined>;
}

export interface FileLinkOptions {
  link: Link;
  clock: Clock;
  answers: Answers;
  pool: BufferPool;
  log: (why: string) => void;
  closed: (link: FileLink) => void;
}

/** Questions of the peer that wait here; an honest one has far fewer. */
const MAX_QUEUED = 128;
/** Answers that are worked on at once, so that the disk is read while the network is written. */
const SERVERS = 2;
/** A peer that was asked and says nothing for so long is given up. */
const SILENT_MS = 30_000;
const IDLE_MS = 60_000;
const LOOK_MS = 10_000;
/** F1: after so much a fresh link with fresh keys takes over. */
const WORN_BYTES = 256 * 1024 * 1024;
const WORN_MS = 30 * 60_000;

type Question = Extract<FileFrame, { type: "ask" | "get" }>;
type Answer = Extract<FileFrame, { type: "holds" | "none" | "chunk" }>;

interface Pending {
  /** Takes what it keeps of the answer at once: its bytes are lent. */
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** One link about files to one device; each side asks and answers. */
export class FileLink {
  readonly #options: FileLinkOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #queue: Question[] = [];
  readonly #opened: number;
  #servers = 0;
  #next = 1;
  #heard: number;
  #bytes = 0;
  #closed = false;
  #cancelLook: () => void = () => undefined;

  constructor(options: FileLinkOptions) {
    this.#options = options;
    this.#opened = options.clock.now();
    this.#heard = this.#opened;
    options.link.start({ borrows: true, frame: (bytes) => this.#frame(bytes), closed: () => this.close("the link was closed") });
    this.#look();
  }

  /** Questions of ours that are not answered yet. */
  get asking(): number {
    return this.#pending.size;
  }
  get isOpen(): boolean {
    return !this.#closed;
  }
  /** F1: another link should take its place. */
  get isWorn(): boolean {
    return this.#bytes >= WORN_BYTES || Math.abs(this.#options.clock.now() - this.#opened) >= WORN_MS;
  }

  /** The bits of the chunks that the peer holds, null for all, undefined for none. Rejects once the link is closed. */
  ask({ root, size }: FileName): Promise<Uint8Array | null | undefined> {
    return this.#question({ type: "ask", id: this.#id(), root, size }, (answer) => {
      if (answer.type === "chunk") throw new MalformedError("an answer to another question");
      return answer.type === "holds" ? (answer.bits?.slice() ?? null) : undefined;
    });
  }

  /** Undefined where the peer does not have it for us. Rejects once the link is closed. */
  get({ root, size }: FileName, index: number): Promise<Chunk | undefined> {
    return this.#question({ type: "get", id: this.#id(), root, size, index }, (answer) => {
      if (answer.type === "holds") throw new MalformedError("an answer to another question");
      return answer.type === "chunk" ? this.#keep(answer) : undefined;
    });
  }

  close(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelLook();
    this.#queue.length = 0;
    this.#options.link.close();
    for (const { reject } of [...this.#pending.values()]) reject(gone());
    this.#pending.clear();
    this.#options.log(why);
    this.#options.closed(this);
  }

  #id(): number {
    const id = this.#next;
    this.#next = this.#next >= 0xffff_ffff ? 1 : this.#next + 1;
    return id;
  }

  #keep({ proof, sealed: lent }: Extract<FileFrame, { type: "chunk" }>): Chunk {
    const { pool } = this.#options;
    const sealed = pool.take(lent.length);
    sealed.set(lent);
    return { proof, sealed, release: () => pool.give(sealed) };
  }

  #question<T>(frame: Question, read: (answer: Answer) => T): Promise<T> {
    if (this.#closed) return Promise.reject(gone());
    return new Promise((resolve, reject) => {
      if (this.#pending.size === 0) this.#heard = this.#options.clock.now();
      this.#pending.set(frame.id, { resolve: (answer) => resolve(read(answer)), reject });
      void this.#send(frame);
    });
  }

  #frame(bytes: Uint8Array): void {
    this.#heard = this.#options.clock.now();
    this.#bytes += bytes.length;
    try {
      this.#take(decodeFileFrame(bytes));
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.close(`it sent something malformed: ${error.message}`);
    }
  }

  #take(frame: FileFrame): void {
    if (frame.type !== "ask" && frame.type !== "get") {
      const pending = this.#pending.get(frame.id);
      if (!pending) throw new MalformedError("an answer to no question");
      pending.resolve(frame);
      this.#pending.delete(frame.id);
      return;
    }
    if (this.#queue.length >= MAX_QUEUED) throw new MalformedError("too many questions at once");
    this.#queue.push(frame);
    if (this.#servers < SERVERS) void this.#serve();
  }

  async #serve(): Promise<void> {
    this.#servers += 1;
    try {
      for (let question = this.#queue.shift(); question && !this.#closed; question = this.#queue.shift()) await this.#answer(question);
    } catch (error) {
      this.close(error instanceof Error ? error.message : "an answer failed");
    } finally {
      this.#servers -= 1;
    }
  }

  async #answer(question: Question): Promise<void> {
    const { id } = question;
    if (question.type === "ask") {
      const bits = this.#options.answers.holds(question);
      return this.#send(bits === undefined ? { type: "none", id } : { type: "holds", id, bits });
    }
    const chunk = await this.#options.answers.chunk(question, question.index);
    const sent = this.#send(chunk ? { type: "chunk", id, proof: chunk.proof, sealed: chunk.sealed } : { type: "none", id });
    chunk?.release();
    return sent;
  }

  async #send(frame: FileFrame): Promise<void> {
    if (this.#closed) return;
    const { link, pool } = this.#options;
    const bytes = encodeFileFrame(frame, (length) => pool.take(length));
    this.#bytes += bytes.length;
    try {
      const taken = link.send(bytes);
      // The link has copied it by now.
      pool.give(bytes);
      await taken;
    } catch (error) {
      this.close(error instanceof Error ? error.message : "sending failed");
    }
  }

  #look(): void {
    this.#cancelLook = this.#options.clock.after(LOOK_MS, () => {
      const quiet = Math.abs(this.#options.clock.now() - this.#heard);
      const busy = this.#queue.length + this.#servers > 0;
      if (this.#pending.size > 0 && quiet >= SILENT_MS) return this.close("it does not answer any more");
      if (this.#pending.size === 0 && !busy && quiet >= IDLE_MS) return this.close("it was not needed any more");
      this.#look();
    });
  }
}

const gone = (): HomeportError => new HomeportError("link-closed", "The connection to the other device is closed.");
