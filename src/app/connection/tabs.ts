import type { Channel } from "../../api/channel.ts";

/** Several pages of one origin: one holds the device, the others reach it through that page. */
const LOCK = "homeport-device";
const NAME = "homeport-tabs";

type Said =
  | { type: "open" | "opened" | "close"; tab: string }
  | { type: "text"; tab: string; to: "leader" | "tab"; text: string }
  /** A page has taken over: connections through the one before are gone. */
  | { type: "leader" };

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

/** The leader's side: gives each other page a connection of its own. */
export function serveTabs(connect: () => Channel): void {
  const bus = new BroadcastChannel(NAME);
  const channels = new Map<string, Channel>();
  const post = (message: Said) => bus.postMessage(message);
  bus.onmessage = ({ data }: MessageEvent<Said>) => {
    if (data.type === "open") {
      const channel = connect();
      channels.set(data.tab, channel);
      channel.onMessage((text) => post({ type: "text", tab: data.tab, to: "tab", text }));
      channel.onClose(() => {
        channels.delete(data.tab);
        post({ type: "close", tab: data.tab });
      });
      post({ type: "opened", tab: data.tab });
    } else if (data.type === "text" && data.to === "leader") void channels.get(data.tab)?.send(data.text);
    else if (data.type === "close") channels.get(data.tab)?.close();
  };
  post({ type: "leader" });
}

/** Another page's side. Closed when that page goes, and this one or another takes over. Rejects where none answers. */
export function connectToLeader(timeout = 3000): Promise<Channel> {
  const bus = new BroadcastChannel(NAME);
  const tab = crypto.randomUUID();
  const post = (message: Said) => bus.postMessage(message);
  const closers = new Set<() => void>();
  let open = true;
  let receive: (text: string) => unknown = () => undefined;
  const end = () => {
    if (!open) return;
    open = false;
    bus.close();
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
        resolve(channel);
      } else if (data.type === "close" && data.tab === tab) end();
      else if (data.type === "text" && data.to === "tab" && data.tab === tab) receive(data.text);
      return undefined;
    };
    post({ type: "open", tab });
  });
}
