import type { BridgeRow, CommandRow, NetworkRow } from "../../api/bridges.ts";
import type { ChatRow } from "../../api/chats.ts";
import type { Client } from "../../api/client.ts";
import type { DeviceRow } from "../../api/device.ts";
import type { FileRow } from "../../api/file-row.ts";
import { HomeportError } from "../../api/errors.ts";
import type { Message, WatchEvent } from "../../api/messages.ts";
import type { SecurityLabel } from "../../security-labels/index.ts";
import type { Status } from "../../api/status.ts";
import type { Bulk } from "../connection/bulk.ts";
import { FileTransfers } from "./files.ts";
import { errorWords } from "../texts/error-words.ts";
import { Observable } from "./observable.ts";
import { KnownLabels } from "./known-labels.ts";
import { Talks } from "./talks.ts";

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
  /** The loaded parts of conversations. */
  readonly talks: Talks;
  readonly labels = new KnownLabels();
  /** The conversation whose facts are shown. */
  readonly factsOf = new Observable<string | undefined>(undefined);
  /** What a network answered to a command. */
  readonly answer = new Observable<string | undefined>(undefined);
  /** What the networks of accounts can do beside messages. */
  readonly commands = new Observable<ReadonlyMap<string, readonly CommandRow[]>>(new Map());
  /** What events tell of files that come. */
  readonly arriving = new Observable<ReadonlyMap<string, FileRow>>(new Map());
  readonly #end = new AbortController();
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #cursor: string | undefined;

  constructor(client: Client, bulk: Bulk) {
    this.client = client;
    this.files = new FileTransfers(client, bulk);
    this.talks = new Talks(client, (run) => this.attempt(run));
    void this.#watch();
    void this.#poll();
    const timer = setInterval(() => document.visibilityState === "visible" && void this.#poll(), POLL_MS);
    this.#end.signal.addEventListener("abort", () => clearInterval(timer));
  }

  /** Runs what may fail, and tells the person why it did. Undefined then. */
  async attempt<T>(run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      // A connection that ended is made again; there is nothing that the person has to do.
      const gone = this.#end.signal.aborted || (error instanceof HomeportError && error.code === "no-daemon");
      if (!gone) this.notice.set({ message: errorWords(error), bad: true });
      return undefined;
    }
  }

  /** What the next message of a conversation would get now. */
  labelOf(conversation: string): SecurityLabel | undefined {
    return this.chats.get()?.find((chat) => chat.conversation === conversation)?.label;
  }

  /** Asks once for each account. */
  async learnCommands(account: string): Promise<void> {
    if (this.commands.get().has(account)) return;
    try {
      const rows = await this.client.call("bridge.commands", { account });
      this.commands.update((commands) => new Map(commands).set(account, rows));
    } catch (error) {
      // Its device is away: asked again when the conversation is opened again.
      if (!(error instanceof HomeportError)) throw error;
    }
  }

  refreshChats(): Promise<void> {
    return this.#poll();
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
        this.talks.heard(message);
        for (const hear of this.arrivals) hear(message);
        return this.#refreshSoon();
      }
      case "state": {
        const { event: _, cursor: __, id, ...changes } = event;
        this.talks.changed(id, withoutUndefined(changes));
        return undefined;
      }
      case "changed": {
        const { message } = event;
        this.talks.changed(message.id, message);
        return this.#refreshSoon();
      }
      case "file": {
        const { file } = event;
        this.arriving.update((files) => new Map(files).set(file.file, file));
        return undefined;
      }
      case "gone":
        this.talks.forget(event.conversation);
        return this.#refreshSoon();
      case "chat":
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
