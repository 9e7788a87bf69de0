import { Buffer } from "node:buffer";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import irc from "irc-framework";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../../src/bridges/irc/config.ts";
import { startClient } from "../../../src/bridges/irc/client.ts";
import { checkOutgoing, MAX_LINE_BYTES } from "../../../src/bridges/irc/outgoing-line.ts";
import { BridgeError } from "../../../src/bridges/kit/index.ts";

const refusalOf = (line: string) => {
  try {
    checkOutgoing(line);
    return undefined;
  } catch (error) {
    return error instanceof BridgeError ? error.data : error;
  }
};

describe("the gate to the network", () => {
  test("refuses CR, LF and NUL wherever they stand", () => {
    const breaker = fc.constantFrom("\r", "\n", "\0", "\r\n");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), breaker, fc.string({ unit: "grapheme" }), (before, character, after) => {
        expect(refusalOf(before + character + after)).toMatchObject({ sent: "no" });
      }),
    );
  });

  test("takes exactly 512 bytes with the line end, tags apart", () => {
    const line = `PRIVMSG #a :${"ü".repeat(249)}`;
    expect(Buffer.byteLength(line)).toBe(MAX_LINE_BYTES - 2);
    expect(refusalOf(line)).toBeUndefined();
    expect(refusalOf(`@label=abc ${line}`)).toBeUndefined();
    expect(refusalOf(`${line}x`)).toMatchObject({ code: "too-large", sent: "no" });
    expect(refusalOf(`@label=${"x".repeat(4100)} PING a`)).toMatchObject({ code: "too-large" });
    expect(refusalOf("@label=abc")).toMatchObject({ code: "internal" });
  });

  test("does not repeat what it refuses", () => {
    expect(JSON.stringify(refusalOf("PASS secret\r\nQUIT"))).not.toContain("secret");
  });

  test("nothing passes it by any way of irc-framework", async () => {
    const written: string[] = [];
    const stream = new PassThrough();
    const out = new PassThrough();
    out.on("data", (chunk) => written.push(String(chunk)));
    const duplex = Object.assign(stream, { write: (text: string, done: () => void) => out.write(text, done) });
    const config = readConfig({ host: "irc.test", nick: "alice" });
    const nothing = () => undefined;
    const client = startClient(duplex, config, { line: nothing, closed: nothing, oversized: nothing, malformed: nothing });
    await new Promise(setImmediate);
    const bad = "x\r\nINJECTED";
    expect(() => client.write(bad)).toThrow(BridgeError);
    expect(() => client.quit(bad)).toThrow(BridgeError);
    expect(written.join("")).not.toContain("INJECTED");
    expect(written.join("")).toContain("NICK alice\r\n");
  });

  test("the framework's own API, which writes verbatim, ends at the same gate", async () => {
    const written: string[] = [];
    const { transportOver } = await import("../../../src/bridges/irc/transport.ts");
    const stream = new PassThrough();
    Object.assign(stream, { write: (text: string) => written.push(text) > 0 });
    const client = new irc.Client() as unknown as Record<string, (...args: unknown[]) => void> & { connection: { connected: boolean } };
    const noise = { oversized: () => undefined, malformed: () => undefined };
    client["connect"]?.({
      nick: "alice",
      username: "alice",
      gecos: "a",
      account: {},
      transport: transportOver(stream, noise),
      ping_interval: 0,
      ping_timeout: 0,
    });
    await new Promise(setImmediate);
    expect(client.connection.connected).toBe(true);
    const bad = "a\r\nPRIVMSG #x :INJECTED";
    const ways: [string, ...unknown[]][] = [
      ["raw", "PRIVMSG", "#x", bad],
      ["action", "#x", bad],
      ["join", bad],
      ["part", "#x", bad],
      ["setTopic", "#x", bad],
      ["changeNick", bad],
      ["say", bad, "text"],
      ["notice", bad, "text"],
      ["tagmsg", "#x", { [bad]: "1" }],
      ["ping", bad],
      ["quit", bad],
    ];
    for (const [way, ...args] of ways) expect(() => client[way]?.(...args), way).toThrow(BridgeError);
    expect(written.join("")).not.toContain("INJECTED");
  });
});
