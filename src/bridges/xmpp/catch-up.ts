import type { Inbound } from "../contract/index.ts";
import type { Inbox } from "../kit/index.ts";
import { StanzaError } from "./stanza-errors.ts";
import type { Archived, Archives } from "./xep-0313-mam.ts";

/** Messages asked for at once. */
const PAGE = 100;
const PREFIX = "mam:";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface CatchUpContext {
  archives: Archives;
  inbox: Inbox;
  /** The own bare address: the archive of everything that is not said in rooms. */
  own: string;
  read: (message: Archived, archive: string) => Inbound[];
  /** The archive does not go back to where we were, in milliseconds since 1970. */
  lost: (archive: string, since: number | undefined) => Inbound[];
  /** Another connection has taken over, or none. */
  isOver: () => boolean;
}

/** Up to where an archive is stored at the host: an id of the archive (empty: from its beginning), and when that was said. */
interface Place {
  id: string;
  stamp: number | undefined;
}

/** What outlives a connection: up to where each archive is stored. Kept at the host, in the batches that it speaks of. */
export class Places {
  readonly #places = new Map<string, Place>();

  constructor(kv: Record<string, Uint8Array>) {
    for (const [key, value] of Object.entries(kv)) {
      const [id = "", stamp = ""] = key.startsWith(PREFIX) ? decoder.decode(value).split("\n") : [];
      if (key.startsWith(PREFIX))
        this.#places.set(key.slice(PREFIX.length), { id, stamp: /^\d+$/.test(stamp) ? Number(stamp) : undefined });
    }
  }

  get(archive: string): Place | undefined {
    return this.#places.get(archive);
  }

  /** Returns the state to keep. */
  set(archive: string, id: string, stamp: number | undefined): Record<string, Uint8Array> {
    this.#places.set(archive, { id, stamp });
    return { [PREFIX + archive]: encoder.encode(`${id}\n${stamp ?? ""}`) };
  }

  forget(archive: string): Record<string, null> {
    this.#places.delete(archive);
    return { [PREFIX + archive]: null };
  }
}

/**
 * Fetches what was said since the last time, archive by archive. The archive is the truth: while one is being read, what
 * comes in live and is kept in it is left to it, so that nothing is out of order, missed or told twice.
 */
export class CatchUp {
  readonly #context: CatchUpContext;
  readonly #places: Places;
  /** Archives that are read, or have been, on this connection. */
  readonly #begun = new Set<string>();
  readonly #running = new Map<string, { missed: boolean; done: Promise<void> }>();

  constructor(context: CatchUpContext, places: Places) {
    this.#context = context;
    this.#places = places;
  }

  /** Resolves when everything in the archive is on its way to the host. Rejects with a `BridgeError` of the archive. */
  run(archive: string): Promise<void> {
    const running = this.#running.get(archive);
    if (running) return running.done;
    this.#begun.add(archive);
    const state = { missed: false, done: Promise.resolve() };
    this.#running.set(archive, state);
    state.done = this.#read(archive, state).finally(() => this.#running.delete(archive));
    return state.done;
  }

  /** A live message that the archive keeps. False: it is left to the archive, which is being read. */
  live(archive: string, archiveId: string, stamp: number): Record<string, Uint8Array> | false {
    // What lies between the last time and this message has not been read yet, and will be.
    if (!this.#begun.has(archive)) return {};
    const running = this.#running.get(archive);
    // Before the first place is known there is nothing to be left to the archive: it begins here.
    if (!running || !this.#places.get(archive)) return this.#places.set(archive, archiveId, stamp);
    running.missed = true;
    return false;
  }

  async #read(archive: string, state: { missed: boolean }): Promise<void> {
    const { isOver } = this.#context;
    if (!this.#places.get(archive)) await this.#begin(archive);
    let complete = false;
    while (!isOver() && (!complete || state.missed)) {
      state.missed = false;
      complete = await this.#page(archive);
    }
  }

  /** Nothing of what was before comes in by itself. */
  async #begin(archive: string): Promise<void> {
    const { inbox } = this.#context;
    const { messages } = await this.#ask(archive, { before: "", max: 1 });
    const newest = messages.at(-1);
    if (!this.#places.get(archive)) inbox.note(this.#places.set(archive, newest?.archiveId ?? "", newest?.stamp));
  }

  async #page(archive: string): Promise<boolean> {
    const { inbox, read, isOver } = this.#context;
    const page = await this.#since(archive);
    if (isOver()) return true;
    for (const message of page.messages) inbox.push(read(message, archive), "catchup");
    const newest = page.messages.at(-1);
    if (newest) inbox.note(this.#places.set(archive, newest.archiveId, newest.stamp));
    // The host decides how fast it goes.
    await inbox.taken();
    return page.complete || newest === undefined;
  }

  async #since(archive: string) {
    const place = this.#places.get(archive);
    try {
      return await this.#ask(archive, place?.id ? { after: place.id, max: PAGE } : { max: PAGE });
    } catch (error) {
      if (!(error instanceof StanzaError) || error.condition !== "item-not-found" || !place?.id) throw error;
      this.#context.inbox.push(this.#context.lost(archive, place.stamp), "catchup");
      return this.#ask(archive, { start: place.stamp, max: PAGE });
    }
  }

  #ask(archive: string, query: { after?: string; before?: string; start?: number | undefined; max: number }) {
    const { archives, own } = this.#context;
    return archives.page({ archive: archive === own ? undefined : archive, ...query });
  }
}
