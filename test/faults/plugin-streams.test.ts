import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createSecureContext, TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEgress, type Egress } from "../../src/bridges/host/egress/index.ts";
import type { Isolation } from "../../src/bridges/host/process/index.ts";
import { type Certificates, certificates } from "../servers/certs.ts";
import { bwrap, isolation, running, type Started } from "./plugins/harness.ts";

const MIB = 1024 * 1024;

interface Outcome {
  ok?: unknown;
  code?: string;
  message?: string;
}

async function act(plugin: Started, what: string, port: number): Promise<Outcome> {
  const [answer] = await plugin.process.split(what, JSON.stringify({ host: "127.0.0.1", port, tls: "none" }), "text");
  return JSON.parse(answer ?? "null") as Outcome;
}

describe.skipIf(!bwrap.ok)("a plugin's connections", () => {
  const servers: Server[] = [];
  let where: Isolation;
  let certs: Certificates;

  beforeAll(async () => {
    where = await isolation();
    certs = await certificates();
  });
  afterAll(() => {
    for (const server of servers) server.close();
  });

  async function serve(onSocket: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      onSocket(socket);
    });
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port;
  }

  const egressTo = (port: number): Egress =>
    createEgress({ declared: [`127.0.0.1:${port}`], ownPorts: () => [], tls: { ca: certs.ca, allowUnverified: false } });

  function encrypt(socket: Socket): TLSSocket {
    const secureContext = createSecureContext({ cert: readFileSync(certs.server.certificate), key: readFileSync(certs.server.key) });
    const secured = new TLSSocket(socket, { isServer: true, secureContext });
    secured.on("error", () => secured.destroy());
    return secured;
  }

  it("carry megabytes unchanged out of the sandbox and back, and close on both sides", async () => {
    const bytes = randomBytes(20 * MIB);
    let closed = false;
    const port = await serve((socket) => {
      socket.once("data", () => socket.end(bytes));
      socket.once("close", () => (closed = true));
    });
    await using plugin = await running("dialler", where, { egress: egressTo(port) });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(await act(plugin, "fetch", port)).toMatchObject({
      ok: { bytes: bytes.length, sha256, link: { kind: "none", server: "127.0.0.1", measuredBy: "host" } },
    });
    await pause(50);
    expect(closed).toBe(true);
  });

  it("that the plugin does not read hold up the remote server, not the host's memory", async () => {
    let sent = 0;
    const port = await serve((socket) => {
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void =>
        void socket.write(chunk, (error) => {
          sent += chunk.length;
          if (!error) more();
        });
      more();
    });
    await using plugin = await running("dialler", where, { egress: egressTo(port) });
    const before = process.memoryUsage.rss();
    await act(plugin, "hold", port);
    await pause(500);
    const atFirst = sent;
    await pause(500);
    expect(sent).toBe(atFirst);
    expect(process.memoryUsage.rss() - before).toBeLessThan(40 * MIB);
  });

  it("whose remote server does not read hold up the plugin, not the host's memory", async () => {
    const port = await serve((socket) => socket.pause());
    await using plugin = await running("dialler", where, { egress: egressTo(port) });
    const before = process.memoryUsage.rss();
    const { ok } = await act(plugin, "pour", port);
    expect(ok).toBeLessThan(20 * MIB);
    expect(process.memoryUsage.rss() - before).toBeLessThan(40 * MIB);
  });

  it("are closed towards the server when the plugin dies", async () => {
    const port = await serve((socket) => socket.resume());
    await using plugin = await running("dialler", where, { egress: egressTo(port) });
    const accepted = once(servers.at(-1) as Server, "connection") as Promise<[Socket]>;
    await act(plugin, "hold", port);
    const [socket] = await accepted;
    const closed = once(socket, "close");
    process.kill(plugin.process.pid as number, "SIGKILL");
    await closed;
  });

  it("are upgraded by STARTTLS in the host, and an event carries what the host measured and the plugin's mechanism", async () => {
    const port = await serve((socket) => {
      socket.once("data", () => {
        socket.write("go\n");
        encrypt(socket).on("data", function (this: TLSSocket, text: Buffer) {
          this.write(`you said ${text}`);
        });
      });
    });
    await using plugin = await running("dialler", where, { egress: egressTo(port) });
    const link = {
      kind: "tls",
      verified: true,
      version: "TLSv1.3",
      server: "localhost",
      certificate: { sha256: certs.server.sha256 },
      measuredBy: "host",
    };
    expect(await act(plugin, "starttls", port)).toMatchObject({
      ok: { answer: "go", reply: "you said hello", link, plain: { kind: "none", verified: false } },
    });
    expect(plugin.host.batches[0]?.events[0]?.sec.link).toMatchObject({ ...link, mechanism: "PLAIN" });
  });

  it("are not upgraded when the server slipped in plain text before the encryption", async () => {
    const port = await serve((socket) => socket.once("data", () => socket.write("go\nFAKE: trust me\n")));
    await using plugin = await running("dialler", where, { egress: egressTo(port) });
    expect(await act(plugin, "injected", port)).toMatchObject({
      code: "insecure",
      message: expect.stringContaining("in plain text before the encryption") as string,
    });
  });

  it("are limited in how fast they may be opened", async () => {
    const port = await serve((socket) => socket.end());
    await using plugin = await running("dialler", where, { egress: egressTo(port) });
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => act(plugin, "fetch", port)));
    expect(outcomes.filter(({ code }) => code === "rate").length).toBeGreaterThan(5);
    expect(outcomes.filter(({ ok }) => ok !== undefined).length).toBeGreaterThanOrEqual(25);
  });
});
