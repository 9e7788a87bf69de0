import { duplexPair } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Plugin } from "../../../src/bridges/contract/index.ts";
import { BridgeError, connectHost } from "../../../src/bridges/kit/index.ts";
import { Connection, type ConnectionOptions } from "../../../src/bridges/kit/wire/connection.ts";
import { wellBehaved } from "../../faults/plugins/base.ts";
import { timers } from "./socket-pair.ts";

const DEADLINE = { deadline: 1_000 };
const PLAIN = { kind: "none", verified: false, measuredBy: "host" } as const;

const ignore = (): void => undefined;

interface Setup {
  differences?: Partial<Plugin>;
  serve?: ConnectionOptions["serve"];
}

/** A plugin's side by the kit, in this process, and the bare connection of a host. */
function setUp({ differences, serve = () => Promise.reject(new Error("not asked for")) }: Setup = {}) {
  const [near, far] = duplexPair();
  const notes: [string, unknown][] = [];
  const connection = new Connection(near, { serve, note: (method, params) => notes.push([method, params]), clock: timers });
  const child = connectHost(far);
  return { connection, child, notes, begin: () => child.serve(wellBehaved(child.host, differences)) };
}

describe("the plugin's side of the wire", () => {
  it("runs over any stream, and answers only once the plugin is there", async () => {
    const { connection, child, notes, begin } = setUp();
    await expect(connection.call("health", null, DEADLINE)).rejects.toMatchObject({ data: { code: "offline", sent: "no" } });
    begin();
    expect(await connection.call("health", null, DEADLINE)).toEqual({ lagMs: 0, state: "online" });
    expect(notes).toEqual([["hello", { contract: 1 }]]);
    connection.close(new Error("done"));
    await child.closed;
  });

  it("says `unsupported` for what the plugin does not have, and knows no other calls", async () => {
    const { connection, begin } = setUp();
    begin();
    for (const method of ["list", "history", "constructor", "toString"]) {
      await expect(connection.call(method, {}, DEADLINE)).rejects.toMatchObject({ data: { code: "unsupported", sent: "no" } });
    }
    connection.close(new Error("done"));
  });

  it("ends with the reason when the host breaks the protocol", async () => {
    const [near, far] = duplexPair();
    const child = connectHost(far);
    near.write(Buffer.from("ffffffff", "hex"));
    await expect(child.closed).resolves.toMatchObject({ name: "WireError", message: "a frame of 4294967295 bytes" });
  });

  it("gives a dialled stream, or the host's own error and no stream", async () => {
    const refusal = { code: "forbidden", sent: "no", message: "Not that one." } as const;
    const { connection, child } = setUp({
      serve: async (_method, params) => {
        const { stream, host } = params as { stream: number; host: string };
        connection.reserveStream(stream);
        if (host === "evil") throw new BridgeError(refusal);
        connection.acceptStream(stream).on("error", ignore).end("welcome");
        return { link: PLAIN };
      },
    });
    const request = { port: 1, tls: "none" } as const;
    await expect(child.host.dial({ ...request, host: "evil" })).rejects.toMatchObject({ data: refusal });
    const { stream, link } = await child.host.dial({ ...request, host: "good" });
    expect(link).toEqual(PLAIN);
    expect(String(await new Promise((resolve) => stream.once("data", resolve)))).toBe("welcome");
    stream.on("error", ignore);
    connection.close(new Error("done"));
  });

  it("does not upgrade a stream with unread plain text, nor what is no stream of the host", async () => {
    const { connection, child } = setUp({
      serve: async (_method, params) => {
        const { stream } = params as { stream: number };
        connection.reserveStream(stream);
        connection.acceptStream(stream).on("error", ignore).write("slipped in");
        return { link: PLAIN };
      },
    });
    const { stream } = await child.host.dial({ host: "a", port: 1, tls: "none" });
    stream.on("error", ignore);
    await new Promise((resolve) => stream.once("readable", resolve));
    await expect(child.host.upgrade(stream, { servername: "a" })).rejects.toMatchObject({ data: { code: "insecure" } });
    await expect(child.host.upgrade(duplexPair()[0], { servername: "a" })).rejects.toMatchObject({ data: { code: "insecure" } });
    connection.close(new Error("done"));
  });

  it("ends its calls when the connection ends", async () => {
    const { connection, child } = setUp({ serve: () => new Promise(() => {}) });
    const ingest = child.host.ingest({ source: "live", events: [] }).catch((error: BridgeError) => error.data);
    await new Promise((resolve) => setTimeout(resolve, 20));
    connection.close(new Error("done"));
    expect(await ingest).toMatchObject({ code: "offline", sent: "maybe" });
    await child.closed;
    await expect(child.host.dial({ host: "a", port: 1, tls: "none" })).rejects.toMatchObject({ data: { code: "offline", sent: "no" } });
  });
});
