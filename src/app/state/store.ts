import type { BridgeRow, NetworkRow } from "../../api/bridges.ts";
import type { ChatRow } from "../../api/chats.ts";
import type { Client } from "../../api/client.ts";
import type { DeviceRow } from "../../api/device.ts";
import { HomeportError } from "../../api/errors.ts";
import type { Message, WatchEvent } from "../../api/messages.ts";
import type { Status } from "../../api/status.ts";
import type { Bulk } from "../connection/bulk.ts";
import { FileTransfers } from "./files.ts";
import { Observable } from "./observable.ts";
import { change, EMPTY, prepend, put, type Timeline } from "./timeline.ts";

const PAGE = 50;
/** After a message came in, the list of conversations is asked for again, not more often than this. */
const CHATS_PAUSE_MS = 150;
/** What no event tells of, e.g. a connection that became worse. */
const POLL_MS = 5000;

/** What the pages show, over one connection to a device, whichever it is. */
export class Store {
  readonly chats = new Observable<readonly ChatRow[] | undefined>(undefined);
  readonly devices = new Observable<readonly DeviceRow[] | undefined>(undefined);
  readonly bridges = new Observable<readonly BridgeRow[] | undefined>(undefined);
  readonly networks = new Observable<readonly NetworkRow[] | undefined>(undefined);
  readonly status = new Observable<Status | undefined>(undefined);
  /** What a person is told at the edge of the screen. */
  readonly notice = new Observable<{ message: string; bad: boolean } | undefined>(undefined);
  readonly client: Client;
  /** Sends and opens files. */
  readonly files: FileTransfers;
  /** A message that came in or was written on any own device, when it does. */
  readonly arrivals = new Set<(message: Message) => void>();
  readonly #timelines = new Map<string, Observable<Timeline>>();
  readonly #end = new AbortController();
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #cursor: string | undefined;

  constructor(client: Client, bulk: Bulk) {
    this.client = client;
    this.files = new FileTransfers(client, bulk);
    void this.#watch();
    void this.#poll();
    const timer = setInterval(() => document.visibilityState === "visible" && void this.#poll(), POLL_MS);
    this.#end.signal.addEventListener("abort", () => clearInterval(timer));
  }

  timeline(conversation: string): Observable<Timeline> {
    let timeline = this.#timelines.get(conversation);
    if (!timeline) {
      timeline = new Observable(EMPTY);
      this.#timelines.set(conversation, timeline);
      void this.older(conversation);
    }
    return timeline;
  }

  /** Loads the messages before the oldest that is there. */
  async older(conversation: string): Promise<void> {
    const timeline = this.#timelines.get(conversation);
    if (!timeline || timeline.get().loading || !timeline.get().more) return;
    timeline.update((value) => ({ ...value, loading: true }));
    const before = timeline.get().messages[0]?.id;
    await this.attempt(async () => {
      const { messages, more } = await this.client.call("read", { conversation, limit: PAGE, ...(before === undefined ? {} : { before }) });
      timeline.update((value) => prepend(value, messages, more));
    });
    timeline.update((value) => ({ ...value, loading: false }));
  }

  /** Everything that is shown has been seen. */
  async markRead(conversation: string): Promise<void> {
    const last = this.#timelines.get(conversation)?.get().messages.at(-1);
    const unread = this.chats.get()?.find((chat) => chat.conversation === conversation)?.unread ?? 0;
    if (!last || unread === 0) return;
    if (await this.attempt(() => this.client.call("mark", { conversation, upTo: last.id }))) this.#refreshSoon();
  }

  /** Runs what may fail, and tells the person why it did. Undefined then. */
  async attempt<T>(run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      // A connection that ended is made again; there is nothing that the person has to do.
      const gone = this.#end.signal.aborted || (error instanceof HomeportError && error.code === "no-daemon");
      if (!gone) this.notice.set({ message: wordsOf(error), bad: true });
      return undefined;
    }
  }

  async refreshDevices(): Promise<void> {
    this.devices.set(await this.client.call("device.list", {}));
  }

  async refreshStatus(): Promise<void> {
    this.status.set(await this.client.call("status", {}));
  }

  async refreshBridges(): Promise<void> {
    this.bridges.set(await this.client.call("bridge.list", {}));
    if (!this.networks.get()) this.networks.set(await this.client.call("bridge.networks", {}));
  }

  close(): void {
    this.#end.abort();
    clearTimeout(this.#refresh);
    this.client.close();
  }

  async #poll(): Promise<void> {
    await this.attempt(async () => {
      this.chats.set(await this.client.call("chats", {}));
    });
  }

  async #watch(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      const after = this.#cursor === undefined ? {} : { after: this.#cursor };
      try {
        await this.client.call("watch", after, { signal, onEvent: (event) => this.#event(event) });
      } catch (error) {
        // Too slow for the stream: it goes on from the cursor. Anything else ends this connection, and another is made.
        if (!(error instanceof HomeportError) || error.code !== "slow-consumer") return;
      }
    }
  }

  #event(event: WatchEvent): void {
    if ("cursor" in event) this.#cursor = event.cursor;
    switch (event.event) {
      case "message": {
        const { message } = event;
        this.#timelines.get(message.conversation)?.update((timeline) => put(timeline, message));
        for (const hear of this.arrivals) hear(message);
        return this.#refreshSoon();
      }
      case "state": {
        const { event: _, cursor: __, id, ...changes } = event;
        for (const timeline of this.#timelines.values()) timeline.update((value) => change(value, id, withoutUndefined(changes)));
        return this.#refreshSoon();
      }
      case "changed": {
        const { message } = event;
        this.#timelines.get(message.conversation)?.update((timeline) => change(timeline, message.id, message));
        return undefined;
      }
      case "chat":
      case "gone":
        return this.#refreshSoon();
      default:
        return undefined;
    }
  }

  #refreshSoon(): void {
    this.#refresh ??= setTimeout(() => {
      this.#refresh = undefined;
      void this.#poll();
    }, CHATS_PAUSE_MS);
  }
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<T>;
}

function wordsOf(error: unknown): string {
  return error instanceof HomeportError ? error.message : "Something went wrong in Homeport itself.";
}
