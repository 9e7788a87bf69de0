import { randomBytes } from "node:crypto";
import type { Libp2p } from "@libp2p/interface";
import { afterEach, describe, expect, it } from "vitest";
import { type Link, MAX_FRAME } from "../../../src/sync/ports.ts";
import type { Transport, TransportOptions } from "../../../src/transport/index.ts";
import { rawPeer, rawStream, silentSocket, streamClosed } from "./hostile-peer.ts";
import { connect, eventually, Inbox, nextLink, type Peer, startPeer } from "./pairs.ts";

const SYNC = "/homeport/sync/1";
const LINK = "/homeport/link/1";
const cleanups: (() => unknown)[] = [];
afterEach(async () => void (await Promise.all(cleanups.splice(0).map((clean) => clean()))));

async function start(kind: "tcp" | "ws", options: Partial<TransportOptions> = {}): Promise<Peer> {
  const peer = await startPeer(kind, options);
  cleanups.push(() => peer.transport.stop());
  return peer;
}

async function raw(): Promise<Libp2p> {
  const peer = await rawPeer();
  cleanups.push(() => peer.stop());
  return peer;
}

const first = (transport: Transport): string => transport.addresses()[0] as string;

describe.each(["tcp", "ws"] as const)("hostile peers over %s", (kind) => {
  it("speaks with libp2p as others build it, e.g. a browser", async () => {
    const { transport } = await start(kind);
    const offered = nextLink(transport);
    const { stream } = await rawStream(await raw(), first(transport), SYNC);
    const link = await offered;
    const inbox = new Inbox(link);
    stream.send(new Uint8Array([3, 1, 2, 3, 1, 9]));
    await inbox.until(2);
    expect(inbox.frames).toEqual([new Uint8Array([1, 2, 3]), new Uint8Array([9])]);
    const answer = new Promise<Uint8Array>((resolve) => stream.addEventListener("message", ({ data }) => resolve(data.subarray())));
    await link.send(new Uint8Array([7, 8]));
    expect(Buffer.from(await answer)).toEqual(Buffer.from([2, 7, 8]));
    await stream.close();
    await inbox.whenClosed;
  });

  it.each([
    ["a length of zero", [0]],
    ["a length above 1 MiB", [0x81, 0x80, 0x40]],
    ["a length of four bytes", [0x80, 0x80, 0x80, 0x01]],
    ["a length in a longer form than needed", [0x83, 0x00, 1, 2, 3]],
    ["random bytes that begin like a huge frame", [0xff, 0xff, 0xff, 0xff, 0xff]],
  ])("%s closes the link with a logged reason, after what came before it", async (_name, bytes) => {
    const { transport, log } = await start(kind);
    const offered = nextLink(transport);
    const { stream } = await rawStream(await raw(), first(transport), SYNC);
    const inbox = new Inbox(await offered);
    stream.send(new Uint8Array([2, 1, 2, ...bytes]));
    await inbox.whenClosed;
    expect(inbox.frames).toEqual([new Uint8Array([1, 2])]);
    await streamClosed(stream);
    expect(log.some(({ level, fields }) => level === "warn" && String(fields.reason).includes("frame"))).toBe(true);
  });

  it("a frame that is cut off is not handed over", async () => {
    const { transport } = await start(kind);
    const offered = nextLink(transport);
    const { stream } = await rawStream(await raw(), first(transport), SYNC);
    const inbox = new Inbox(await offered);
    stream.send(new Uint8Array([1, 5, 100, 1, 2, 3]));
    await stream.close();
    await inbox.whenClosed;
    expect(inbox.frames).toEqual([new Uint8Array([5])]);
  });

  it("a frame in pieces of one byte arrives whole", async () => {
    const { transport } = await start(kind);
    const offered = nextLink(transport);
    const { stream } = await rawStream(await raw(), first(transport), SYNC);
    const inbox = new Inbox(await offered);
    const frame = randomBytes(500);
    for (const byte of [0xf4, 0x03, ...frame]) stream.send(new Uint8Array([byte]));
    await inbox.until(1);
    expect(Buffer.from(inbox.frames[0] as Uint8Array)).toEqual(frame);
  });

  it("an announced frame of 1 MiB that never comes costs nothing", async () => {
    const { transport } = await start(kind, { limits: { connectionsPerPeer: 200, inboundPerSecond: 1_000, connections: 500 } });
    const links: Inbox[] = [];
    transport.onLink("sync", (link) => void links.push(new Inbox(link)));
    const peer = await raw();
    global.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 60; n++) {
      const { stream } = await rawStream(peer, first(transport), SYNC);
      stream.send(new Uint8Array([0x80, 0x80, 0x40, 1]));
    }
    await eventually(() => links.length === 60, "60 links");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 << 20);
  });

  it("F1: a stranger's sync stream and connection are closed at once", async () => {
    const { transport } = await start(kind, { isKnown: () => false });
    const links: Link[] = [];
    transport.onLink("sync", (link) => void links.push(link));
    const peer = await raw();
    const opened = await rawStream(peer, first(transport), SYNC).catch(() => undefined);
    if (opened !== undefined) await streamClosed(opened.stream);
    await eventually(() => peer.getConnections().length === 0, "connection closed");
    expect(links).toEqual([]);
  });

  it("K2: a stranger learns no more than the transport key: no other protocol, no addresses, no agent", async () => {
    const { transport } = await start(kind, { isKnown: () => false });
    const peer = await raw();
    for (const protocol of ["/ipfs/id/1.0.0", "/ipfs/ping/1.0.0", "/ipfs/kad/1.0.0", "/libp2p/circuit/relay/0.2.0/hop"]) {
      await expect(rawStream(peer, first(transport), protocol)).rejects.toMatchObject({ name: "UnsupportedProtocolError" });
    }
  });

  it("a stranger may send 1 MiB in all", async () => {
    const { transport, log } = await start(kind, { isKnown: () => false });
    const offered = nextLink(transport, "link");
    const { stream } = await rawStream(await raw(), first(transport), LINK);
    const inbox = new Inbox(await offered);
    const frame = Buffer.concat([Buffer.from([0x80, 0x80, 0x04]), randomBytes(65_536)]);
    for (let n = 0; n < 40; n++) if (stream.status === "open") stream.send(frame);
    await inbox.whenClosed;
    expect(inbox.frames.length).toBeLessThan(17);
    expect(log.some(({ message }) => message === "a connection was cut")).toBe(true);
  });

  it("a stranger's connection without a link is closed, one with a link stays until its time is over", { timeout: 20_000 }, async () => {
    const { transport } = await start(kind, { isKnown: () => false, limits: { idle: 300, strangerLifetime: 1_500 } });
    transport.onLink("link", (link) => void new Inbox(link));
    const [idle, busy] = [await raw(), await raw()];
    const begun = performance.now();
    await rawStream(busy, first(transport), LINK);
    await idle.dial((await import("@multiformats/multiaddr")).multiaddr(first(transport)));
    await eventually(() => idle.getConnections().length === 0, "idle closed");
    expect(busy.getConnections().length).toBe(1);
    await eventually(() => busy.getConnections().length === 0, "time over");
    expect(performance.now() - begun).toBeGreaterThan(1_400);
  });

  it("at most so many strangers, while known peers still come in", { timeout: 30_000 }, async () => {
    const friend = await start(kind);
    const isFriend = (key: Uint8Array): boolean => Buffer.compare(key, friend.transport.key) === 0;
    const { transport } = await start(kind, { isKnown: isFriend, limits: { strangers: 3, inboundPerSecond: 1_000 } });
    transport.onLink("link", (link) => void new Inbox(link));
    for (let n = 0; n < 6; n++) await rawStream(await raw(), first(transport), LINK).catch(() => undefined);
    await eventually(() => transport.connections().length === 3, "three strangers");
    await connect(friend.transport, transport);
    expect(transport.connections().length).toBe(4);
  });

  it("at most so many connections of one key", async () => {
    const { transport } = await start(kind, { limits: { connectionsPerPeer: 2, inboundPerSecond: 1_000 } });
    transport.onLink("sync", (link) => void new Inbox(link));
    const peer = await raw();
    for (let n = 0; n < 5; n++) await rawStream(peer, first(transport), SYNC).catch(() => undefined);
    await eventually(() => transport.connections().length === 2, "two left");
  });

  it("many streams on one connection are refused, the link goes on", async () => {
    const { transport } = await start(kind);
    const offered = nextLink(transport);
    const { connection, stream } = await rawStream(await raw(), first(transport), SYNC);
    const inbox = new Inbox(await offered);
    transport.onLink("sync", (link) => void new Inbox(link));
    await Promise.allSettled(Array.from({ length: 30 }, () => connection.newStream(SYNC)));
    stream.send(new Uint8Array([1, 5]));
    await inbox.until(1);
  });

  it("opening and resetting streams without end cuts the connection", { timeout: 30_000 }, async () => {
    const { transport, log } = await start(kind);
    const { connection } = await rawStream(await raw(), first(transport), SYNC).catch(() => ({ connection: undefined }));
    const muxer = connection as unknown as { muxer: { createStream(): Promise<{ abort(error: Error): void }> }; status: string };
    for (let n = 0; n < 3_000 && muxer.status === "open"; n++) {
      const stream = await muxer.muxer.createStream().catch(() => undefined);
      stream?.abort(new Error("reset"));
    }
    await eventually(() => transport.connections().length === 0, "cut");
    expect(log.some(({ fields }) => fields.reason === "too many streams")).toBe(true);
  });

  it("a multiplexer frame of gigabytes cuts the connection before it is gathered", async () => {
    const { transport, log } = await start(kind);
    transport.onLink("sync", (link) => void new Inbox(link));
    const { connection } = await rawStream(await raw(), first(transport), SYNC);
    const { muxer } = connection as unknown as { muxer: { maConn: { send(bytes: Uint8Array): boolean } } };
    muxer.maConn.send(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]));
    await eventually(() => transport.connections().length === 0, "cut");
    expect(log.some(({ fields }) => String(fields.reason).includes("multiplexer"))).toBe(true);
  });

  it("a peer that pings without end is cut, not answered for ever", async () => {
    const { transport, log } = await start(kind);
    transport.onLink("sync", (link) => void new Inbox(link));
    const { connection } = await rawStream(await raw(), first(transport), SYNC);
    const { muxer } = connection as unknown as { muxer: { maConn: { send(bytes: Uint8Array): boolean } } };
    muxer.maConn.send(Buffer.concat(Array.from({ length: 3_000 }, () => Buffer.from([0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]))));
    await eventually(() => transport.connections().length === 0, "cut");
    expect(log.some(({ fields }) => fields.reason === "too many pings")).toBe(true);
  });

  it("half handshakes give way to honest ones", { timeout: 60_000 }, async () => {
    const { transport } = await start(kind, { limits: { handshakes: 16, inboundPerSecond: 10_000 } });
    const [port] = transport.ports();
    const sockets = await Promise.all(Array.from({ length: 300 }, () => silentSocket(port as number)));
    cleanups.push(() => sockets.forEach((socket) => void socket.destroy()));
    const friend = await start(kind);
    const [near, far] = await connect(friend.transport, transport);
    const inbox = new Inbox(far);
    await near.send(randomBytes(10));
    await inbox.until(1);
    const begun = performance.now();
    await transport.stop();
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it("a half handshake ends by itself", { timeout: 20_000 }, async () => {
    const { transport } = await start(kind, { limits: { handshakeTimeout: 500 } });
    const socket = await silentSocket(transport.ports()[0] as number);
    await eventually(() => socket.closed || socket.readableEnded || socket.destroyed, "closed by the other side");
  });

  it("garbage instead of a handshake ends the connection and nothing else", async () => {
    const { transport } = await start(kind, { limits: { handshakeTimeout: 500 } });
    for (let n = 0; n < 20; n++) {
      const socket = await silentSocket(transport.ports()[0] as number);
      socket.write(n === 0 ? "GET / HTTP/1.1\r\nhost: x\r\n\r\n" : randomBytes(5_000));
      socket.resume();
      await eventually(() => socket.destroyed || socket.readableEnded, "closed");
      socket.destroy();
    }
    expect(transport.connections()).toEqual([]);
  });
});

describe("limits", () => {
  it("MAX_FRAME is what a frame may have, to the byte", async () => {
    const { transport } = await start("tcp");
    const offered = nextLink(transport);
    const { stream } = await rawStream(await raw(), first(transport), SYNC);
    const inbox = new Inbox(await offered);
    stream.send(Buffer.concat([Buffer.from([0x80, 0x80, 0x40]), Buffer.alloc(MAX_FRAME, 7)]));
    await inbox.until(1);
    expect(inbox.frames[0]?.length).toBe(MAX_FRAME);
  });
});
