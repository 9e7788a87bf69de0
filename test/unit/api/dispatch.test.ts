import { describe, expect, test } from "vitest";
import type { Channel } from "../../../src/api/channel.ts";
import { createClient } from "../../../src/api/client.ts";
import { encodeCall, MAX_REPLY, parseReply, type Reply } from "../../../src/api/codec.ts";
import { HomeportError, RPC } from "../../../src/api/errors.ts";
import { MAX_EVENTS } from "../../../src/api/event-queue.ts";
import type { Handlers, MethodName } from "../../../src/api/methods.ts";
import { MAX_CALLS, serve } from "../../../src/api/server.ts";
import { channelPair } from "./channel-pair.ts";
import { handlersOf } from "./handlers.ts";

function connected(given: Partial<Handlers>, mistakes: unknown[] = []) {
  const [near, far] = channelPair();
  serve(far, handlersOf(given), { onMistake: (error) => mistakes.push(error) });
  return { client: createClient(near), channel: near };
}

/** Speaks by hand, to send what the client never would. */
function raw(given: Partial<Handlers>, pace?: () => Promise<void>) {
  const [near, far] = channelPair(pace === undefined ? {} : { pace });
  // The paced end is the second one: there the reader is slow.
  const [server, reader]: [Channel, Channel] = pace === undefined ? [far, near] : [near, far];
  const said: Reply[] = [];
  serve(server, handlersOf(given));
  reader.onMessage((text) => void said.push(parseReply(text) as Reply));
  return { said, reader };
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "done",
    (error: unknown) => (error instanceof HomeportError ? error.code : `not a HomeportError: ${String(error)}`),
  );

const soon = () => new Promise((resolve) => setTimeout(resolve, 20));
const forever = () => new Promise<never>(() => undefined);

describe("calls", () => {
  test("a call reaches its handler with defaults filled in, and its result comes back", async () => {
    let seen: unknown;
    const { client } = connected({
      read: async (params) => {
        seen = params;
        return { messages: [], more: false, newer: false, place: null };
      },
    });
    expect(await client.call("read", { conversation: "con_a" })).toEqual({ messages: [], more: false, newer: false, place: null });
    expect(seen).toEqual({ conversation: "con_a", limit: 50 });
  });

  test("the code of a HomeportError arrives; any other error is only `internal`, and is told to the daemon's log", async () => {
    const mistakes: unknown[] = [];
    const { client } = connected(
      {
        chats: async () => {
          throw new HomeportError("locked", "It is locked.");
        },
        status: () => {
          throw new Error("the password is hunter2");
        },
      },
      mistakes,
    );
    await expect(client.call("chats", {})).rejects.toMatchObject({ code: "locked", message: "It is locked." });
    await expect(client.call("status", {})).rejects.toMatchObject({ code: "internal", message: expect.not.stringContaining("hunter2") });
    expect(mistakes).toHaveLength(1);
  });

  test("a result that breaks its schema is the daemon's mistake", async () => {
    const { client } = connected({ chats: async () => [{ wrong: true }] as never });
    expect(await codeOf(client.call("chats", {}))).toBe("internal");
  });

  test("what a handler adds to a result beyond its schema does not leave the device", async () => {
    const { client } = connected({ "bridge.add": async () => ({ account: "a", password: "hunter2" }) as never });
    expect(await client.call("bridge.add", { network: "irc", settings: {} })).toEqual({ account: "a" });
  });

  test("wrong parameters are refused on both sides, and the refusal does not repeat their values", async () => {
    const { client } = connected({});
    expect(await codeOf(client.call("send", { conversation: "con a", text: "x" }))).toBe("invalid-params");
    expect(await codeOf(client.call("send", { conversation: "a", text: "x".repeat(70_000) }))).toBe("invalid-params");
    const { said, reader } = raw({});
    await reader.send(encodeCall(1, "bridge.add", { network: "irc", settings: { Password: "hunter2" } }));
    await reader.send(encodeCall(2, "status", { surprise: 1 }));
    await reader.send(encodeCall(3, "bridge.add", { network: "irc", settings: { password: 5 } }));
    await soon();
    expect(said.map((reply) => reply.kind === "error" && [reply.id, reply.error.code, reply.error.data.code])).toEqual([
      [1, RPC.invalidParams, "invalid-params"],
      [2, RPC.invalidParams, "invalid-params"],
      [3, RPC.invalidParams, "invalid-params"],
    ]);
    expect(JSON.stringify(said)).not.toContain("hunter2");
  });

  test("an unknown method is refused, names of Object.prototype too", async () => {
    const { said, reader } = raw({});
    for (const [id, name] of ["nothing", "constructor", "__proto__", "toString", "hasOwnProperty"].entries())
      await reader.send(encodeCall(id, name, {}));
    await soon();
    expect(said.map((reply) => reply.kind === "error" && reply.error.code)).toEqual(Array(5).fill(RPC.unknownMethod));
  });

  test("more than 64 calls in flight are refused with `busy`, and the place is free again after an answer", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { client } = connected({ chats: () => promise.then(() => []) });
    const calls = Array.from({ length: MAX_CALLS }, () => client.call("chats", {}));
    expect(await codeOf(client.call("chats", {}))).toBe("busy");
    resolve();
    await Promise.all(calls);
    expect(await client.call("chats", {})).toEqual([]);
  });

  test("an id that is in flight is not taken twice, and may be used again after its answer", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { said, reader } = raw({ chats: () => promise.then(() => []) });
    await reader.send(encodeCall(1, "chats", {}));
    await reader.send(encodeCall(1, "chats", {}));
    await soon();
    resolve();
    await soon();
    await reader.send(encodeCall(1, "chats", {}));
    await soon();
    expect(said.map((reply) => [reply.kind, reply.id])).toEqual([
      ["error", null],
      ["result", 1],
      ["result", 1],
    ]);
  });

  test("an answer that is too large is an error, not a torn connection", async () => {
    const row = { id: "x".repeat(500), name: "x".repeat(500), self: false };
    const { client } = connected({ "bridge.members": async () => Array(Math.ceil(MAX_REPLY / 1000)).fill(row), chats: async () => [] });
    expect(await codeOf(client.call("bridge.members", { conversation: "con_a" }))).toBe("too-large");
    expect(await client.call("chats", {})).toEqual([]);
  });

  test("a call that takes too long rejects with `timed-out`, and its handler is told to stop", async () => {
    let reason: unknown;
    const { client } = connected({
      chats: (_, { signal }) => {
        signal.addEventListener("abort", () => (reason = signal.reason));
        return forever();
      },
    });
    expect(await codeOf(client.call("chats", {}, { timeout: 30 }))).toBe("timed-out");
    await soon();
    expect(reason).toMatchObject({ code: "cancelled" });
  });

  test("an aborted call rejects with `cancelled`, or with the reason that it was given", async () => {
    const { client } = connected({ chats: forever });
    const controller = new AbortController();
    const call = codeOf(client.call("chats", {}, { signal: controller.signal }));
    controller.abort();
    expect(await call).toBe("cancelled");
    expect(await codeOf(client.call("chats", {}, { signal: AbortSignal.abort(new HomeportError("wrong-code", "No.")) }))).toBe(
      "wrong-code",
    );
  });

  test("when the connection ends, calls reject with `no-daemon` and handlers are told to stop", async () => {
    let stopped = false;
    const { client, channel } = connected({
      chats: (_, { signal }) => {
        signal.addEventListener("abort", () => (stopped = true));
        return forever();
      },
    });
    const call = codeOf(client.call("chats", {}));
    await soon();
    channel.close();
    expect(await call).toBe("no-daemon");
    expect(stopped).toBe(true);
    expect(await codeOf(client.call("chats", {}))).toBe("no-daemon");
  });

  test("a daemon that talks nonsense ends the connection with `malformed`", async () => {
    const [near, far] = channelPair();
    const client = createClient(near);
    const call = codeOf(client.call("chats", {}));
    await far.send("hello?");
    expect(await call).toBe("malformed");
  });

  test("a daemon's answer that breaks the schema rejects that call alone", async () => {
    const [near, far] = channelPair();
    const client = createClient(near);
    const first = codeOf(client.call("chats", {}));
    const second = client.call("chats", {});
    await far.send('{"jsonrpc":"2.0","id":1,"result":[{}]}');
    await far.send('{"jsonrpc":"2.0","id":99,"result":[{}]}');
    await far.send('{"jsonrpc":"2.0","id":2,"result":[]}');
    expect(await first).toBe("malformed");
    expect(await second).toEqual([]);
  });
});

describe("streams", () => {
  test("events come in order, and all of them before the answer", async () => {
    const { client } = connected({
      watch: async (_, { emit }) => {
        for (let n = 0; n < 500; n++) await emit({ event: "ready", cursor: String(n) });
        return {};
      },
    });
    const seen: string[] = [];
    await client.call("watch", {}, { onEvent: async ({ cursor }) => void seen.push(cursor) });
    expect(seen).toEqual(Array.from({ length: 500 }, (_, n) => String(n)));
  });

  test("an event that breaks its schema is the daemon's mistake, and so is one of a method that is no stream", async () => {
    const { client } = connected({
      watch: async (_, { emit }) => {
        await emit({ event: "ready" } as never);
        return {};
      },
      chats: async (_, { emit }) => {
        await emit({} as never);
        return [];
      },
    });
    expect(await codeOf(client.call("watch", {}))).toBe("internal");
    expect(await codeOf(client.call("chats", {}))).toBe("internal");
  });

  test("what onEvent throws ends the stream and rejects the call", async () => {
    let stopped = false;
    const { client } = connected({
      watch: async (_, { emit, signal }) => {
        signal.addEventListener("abort", () => (stopped = true));
        await emit({ event: "ready", cursor: "1" });
        return forever();
      },
    });
    const call = client.call(
      "watch",
      {},
      {
        onEvent: () => {
          throw new HomeportError("full", "The disk is full.");
        },
      },
    );
    expect(await codeOf(call)).toBe("full");
    await soon();
    expect(stopped).toBe(true);
  });

  test("a handler that awaits emit is slowed down to its reader and loses nothing", async () => {
    let emitted = 0;
    const { client } = connected({
      watch: async (_, { emit }) => {
        for (; emitted < 2000; emitted++) await emit({ event: "ready", cursor: String(emitted) });
        return {};
      },
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    const seen: string[] = [];
    const call = client.call(
      "watch",
      {},
      {
        onEvent: async ({ cursor }) => {
          await promise;
          seen.push(cursor);
        },
      },
    );
    await soon();
    resolve();
    await call;
    expect(seen).toHaveLength(2000);
  });

  test("a handler that does not await is ended with `slow-consumer` once its bounded queue is full", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ended: unknown[] = [];
    const { said, reader } = raw(
      {
        watch: async (_, { emit, signal }) => {
          for (let n = 0; n < MAX_EVENTS + 100; n++)
            emit({ event: "ready", cursor: String(n) }).catch((error: unknown) => ended.push(error));
          await new Promise((done) => signal.addEventListener("abort", done));
          return {};
        },
      },
      () => promise,
    );
    await reader.send(encodeCall(1, "watch", {}));
    await soon();
    expect(ended[0]).toMatchObject({ code: "slow-consumer" });
    resolve();
    await soon();
    const events = said.filter((reply) => reply.kind === "event");
    expect(events.length).toBeLessThanOrEqual(MAX_EVENTS);
    // What was handed over is a prefix: the reader goes on from its last cursor and misses nothing.
    expect(events.map(({ data }) => (data as { cursor: string }).cursor)).toEqual(events.map((_, n) => String(n)));
    expect(said.at(-1)).toMatchObject({ kind: "error", error: { data: { code: "slow-consumer" } } });
  });

  test("a cancelled stream is answered even if its handler does not listen to the signal", async () => {
    const { said, reader } = raw({ watch: forever });
    await reader.send(encodeCall(1, "watch", {}));
    await reader.send('{"jsonrpc":"2.0","method":"cancel","params":{"id":1}}');
    await soon();
    expect(said).toMatchObject([{ kind: "error", id: 1, error: { data: { code: "cancelled" } } }]);
  });
});

test("every method of the table can be called through client and server", async () => {
  const { client } = connected({});
  const names: MethodName[] = ["status", "doctor", "device.list", "bridge.networks", "bridge.list", "chats", "outbox.list"];
  for (const name of names) expect(await codeOf(client.call(name, {}))).toBe("not-here");
});
