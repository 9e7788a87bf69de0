import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Handlers } from "../../../src/api/methods.ts";
import type { Message, WatchEvent } from "../../../src/api/messages.ts";
import { serveApiSocket } from "../../../src/node/api-socket.ts";
import { handlersOf } from "../api/handlers.ts";

export interface TestDevice {
  data: string;
  close(): Promise<void>;
}

/** A real socket with the handlers of a test behind it. */
export async function testDevice(handlers: Partial<Handlers>): Promise<TestDevice> {
  const data = await mkdtemp(join(tmpdir(), "homeport-cli-"));
  const socket = await serveApiSocket({ data, env: {}, handlers: handlersOf(handlers) });
  return {
    data,
    async close() {
      await socket.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}

export function message(n: number, over: Partial<Message> = {}): Message {
  return {
    id: `msg_${n}`,
    conversation: "con_1",
    from: { id: "alice!a@example.org", name: "alice", self: false },
    ts: 1_700_000_000_000 + n * 1000,
    arrived: 1_700_000_000_500 + n * 1000,
    text: `line ${n}`,
    kind: "text",
    label: "server-reads",
    facts: { link: { kind: "tls", verified: true, version: "TLSv1.3", server: "irc.example.org", measuredBy: "host" }, source: "live" },
    trust: null,
    state: "received",
    ...over,
  };
}

export const messageEvent = (n: number, over: Partial<Message> = {}): WatchEvent => ({
  event: "message",
  cursor: String(n),
  message: message(n, over),
});

/** Never resolves by itself. */
export const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));
