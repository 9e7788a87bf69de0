import type { Channel } from "../../api/channel.ts";
import { HomeportError } from "../../api/errors.ts";
import type { Bulk, Connection } from "./bulk.ts";

/** Several pages of one origin: one holds the device, the others reach it through that page. */
const LOCK = "homeport-device";
const NAME = "homeport-tabs";

type Said =
  | { type: "open" | "opened" | "close"; tab: string }
  | { type: "text"; tab: string; to: "leader" | "tab"; text: string }
  | { type: "upload"; tab: string; ticket: string; file: Blob }
  | { type: "download"; tab: string; ticket: string; number: number }
  | Downloaded
  /** A page has taken over: connections through the one before are gone. */
  | { type: "leader" };

/** What has become of a download, to the tab that asked. */
type Downloaded =
  | { type: "progress"; tab: string; number: number; bytes: number }
  | { type: "downloaded"; tab: string; number: number; file: Blob }
  | { type: "failed"; tab: string; number: number };

let lead: Promise<void> | undefined;
let leading = false;

/** Resolves once this page holds the device, which it then does until it is closed. */
export function becomeLeader(): Promise<void> {
  lead ??= new Promise((resolve) => {
    void navigator.locks.request(LOCK, () => {
      leading = true;
      resolve();
      return new Promise(() => undefined);
    });
  });
  return lead;
}

export const isLeader = (): boolean => leading;

/** True where another page holds the device now. */
export async function hasLeader(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === LOCK);
}

/**
 * The leader's side: gives each other page a connection of its own, while the device can be reached. The returned function tells them
 * that it now can.
 */
export function serveTabs(connect: () => Connection | undefined): () => void {
  const bus = new BroadcastChannel(NAME);
  const connections = new Map<string, Connection>();
  const post = (message: Said) => bus.postMessage(message);
  bus.onmessage = ({ data }: MessageEvent<Said>) => {
    if (data.type === "open") {
      const connection = connect();
      if (!connection) return post({ type: "close", tab: data.tab });
      const { channel } = connection;
      connections.set(data.tab, connection);
      channel.onMessage((text) => post({ type: "text", tab: data.tab, to: "tab", text }));
      channel.onClose(() => {
        connections.delete(data.tab);
        post({ type: "close", tab: data.tab });
      });
      post({ type: "opened", tab: data.tab });
    } else if (data.type === "text" && data.to === "leader") void connections.get(data.tab)?.channel.send(data.text);
    else if (data.type === "close") connections.get(data.tab)?.channel.close();
    else if (data.type === "upload") void connections.get(data.tab)?.bulk.upload(data.ticket, data.file);
    else if (data.type === "download") void download(connections.get(data.tab)?.bulk, data, post);
    return undefined;
  };
  return () => post({ type: "leader" });
}

/** Resolves when the page that holds the device can be followed, or this one has become it. */
export function leaderOrTurn(): Promise<void> {
  const bus = new BroadcastChannel(NAME);
  const ready = new Promise<void>((resolve) => {
    bus.onmessage = ({ data }: MessageEvent<Said>) => data.type === "leader" && resolve();
  });
  return Promise.race([ready, becomeLeader()]).finally(() => bus.close());
}

async function download(
  bulk: Bulk | undefined,
  { tab, ticket, number }: { tab: string; ticket: string; number: number },
  post: (message: Said) => void,
): Promise<void> {
  try {
    if (!bulk) throw new Error("a page that is not connected");
    const file = await bulk.download(ticket, (bytes) => post({ type: "progress", tab, number, bytes }));
    post({ type: "downloaded", tab, number, file });
  } catch {
    // The page that asked tells the person.
    post({ type: "failed", tab, number });
  }
}

/** Another page's side. Closed when that page goes, and this one or another takes over. Rejects where none answers. */
export function connectToLeader(timeout = 3000): Promise<Connection> {
  const bus = new BroadcastChannel(NAME);
  const tab = crypto.randomUUID();
  const post = (message: Said) => bus.postMessage(message);
  const closers = new Set<() => void>();
  const downloads = new TabDownloads((ticket, number) => post({ type: "download", tab, ticket, number }));
  let open = true;
  let receive: (text: string) => unknown = () => undefined;
  const end = () => {
    if (!open) return;
    open = false;
    bus.close();
    downloads.end();
    for (const closer of closers) closer();
  };
  const channel: Channel = {
    send: (text) => {
      if (!open) return Promise.reject(new Error("the other page is gone"));
      post({ type: "text", tab, to: "leader", text });
      return Promise.resolve();
    },
    onMessage: (handler) => {
      receive = handler;
    },
    onClose: (handler) => {
      if (open) closers.add(handler);
      else handler();
    },
    close: () => {
      if (open) post({ type: "close", tab });
      end();
    },
  };
  addEventListener("pagehide", () => channel.close(), { once: true });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      end();
      reject(new Error("the other page does not answer"));
    }, timeout);
    bus.onmessage = ({ data }: MessageEvent<Said>) => {
      if (data.type === "leader") return end();
      if (data.type === "opened" && data.tab === tab) {
        clearTimeout(timer);
        // A page that is closed says nothing; its lock passes on.
        void becomeLeader().then(end);
        const upload = async (ticket: string, file: Blob) => post({ type: "upload", tab, ticket, file });
        resolve({ channel, bulk: { upload, download: (ticket, onProgress) => downloads.ask(ticket, onProgress) } });
      } else if (data.type === "close" && data.tab === tab) {
        clearTimeout(timer);
        end();
        // Where it was not open yet: that page has no device that could be reached.
        reject(new Error("the other page has no device"));
      } else if (data.type === "text" && data.to === "tab" && data.tab === tab) receive(data.text);
      else if ((data.type === "progress" || data.type === "downloaded" || data.type === "failed") && data.tab === tab) downloads.hear(data);
      return undefined;
    };
    post({ type: "open", tab });
  });
}

interface Waiting {
  onProgress(bytes: number): void;
  resolve(file: Blob): void;
  reject(error: Error): void;
}

/** Downloads that a tab has asked for. */
class TabDownloads {
  readonly #ask: (ticket: string, number: number) => void;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(ask: (ticket: string, number: number) => void) {
    this.#ask = ask;
  }

  ask(ticket: string, onProgress: (bytes: number) => void): Promise<Blob> {
    const number = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { onProgress, resolve, reject });
      this.#ask(ticket, number);
    });
  }

  hear(said: Downloaded): void {
    const waiting = this.#waiting.get(said.number);
    if (said.type === "progress") return waiting?.onProgress(said.bytes);
    this.#waiting.delete(said.number);
    if (said.type === "downloaded") waiting?.resolve(said.file);
    else waiting?.reject(brokenOff());
    return undefined;
  }

  end(): void {
    for (const { reject } of this.#waiting.values()) reject(brokenOff());
    this.#waiting.clear();
  }
}

const brokenOff = (): HomeportError => new HomeportError("broken-off", "The file broke off; get it again.");
