import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Link } from "../../../src/sync/ports.ts";
import { createTransport, type Transport, type TransportOptions } from "../../../src/transport/index.ts";
import { connect, eventually, Inbox, nextLink, type Peer, startPeer, wait } from "./pairs.ts";

const running: Transport[] = [];
async function start(kind: "tcp" | "ws", options: Partial<TransportOptions> = {}): Promise<Peer> {
  const peer = await startPeer(kind, options);
  running.push(peer.transport);
  return peer;
}
afterEach(async () => void (await Promise.all(running.splice(0).map((transport) => transport.stop()))));

const withoutPeer = (address: string): string => address.replace(/\/p2p\/.*/, "");

describe.each(["tcp", "ws"] as const)("transport over %s", (kind) => {
  it("K2: the same seed gives the same key; addresses carry it, and the real port", async () => {
    const seed = randomBytes(32);
    const { transport } = await start(kind, { seed });
    const [port] = transport.ports();
    expect(transport.ports().length).toBe(1);
    expect(port).toBeGreaterThan(0);
    const suffix = kind === "ws" ? "/ws" : "";
    expect(transport.addresses().map(withoutPeer)).toEqual([`/ip4/127.0.0.1/tcp/${port}${suffix}`]);
    await transport.stop();
    const again = await start(kind, { seed });
    expect(again.transport.key).toEqual(transport.key);
    expect(again.transport.addresses()[0]?.split("/p2p/")[1]).toMatch(/^12D3KooW/);
  });

  it("F1: a dial to another key than the one that answers is wrong-peer, and the answerer sees no link", async () => {
    const [a, b, c] = [await start(kind), await start(kind), await start(kind)];
    let links = 0;
    b.transport.onLink("sync", () => links++);
    const dial = a.transport.dial(c.transport.key, b.transport.addresses().map(withoutPeer), "sync");
    await expect(dial).rejects.toMatchObject({ code: "wrong-peer" });
    await wait(50);
    expect([links, a.transport.connections(), b.transport.connections()]).toEqual([0, [], []]);
  });

  it("F1: the right key wins where an impostor and dead addresses are listed before it", async () => {
    const [a, b, c] = [await start(kind), await start(kind), await start(kind)];
    void nextLink(c.transport);
    const dead = "/ip4/127.0.0.1/tcp/1";
    const addresses = [dead, "no address", ...b.transport.addresses().map(withoutPeer), ...c.transport.addresses()];
    const link = await a.transport.dial(c.transport.key, addresses, "sync");
    expect(link.peer).toEqual(c.transport.key);
    link.close();
  });

  it("an unreachable peer is reported with the reason for each address", async () => {
    const [a, b] = [await start(kind), await start(kind)];
    const addresses = b.transport.addresses();
    await b.transport.stop();
    const dial = a.transport.dial(b.transport.key, addresses, "sync");
    await expect(dial).rejects.toMatchObject({ code: "unreachable", message: expect.stringContaining("refused the connection") });
    await expect(a.transport.dial(b.transport.key, [], "sync")).rejects.toMatchObject({ code: "unreachable" });
    await expect(a.transport.dial(a.transport.key, a.transport.addresses(), "sync")).rejects.toMatchObject({ code: "bad-address" });
  });

  it("F1: a stranger that opens sync is cut off at once, but may open link", async () => {
    const a = await start(kind);
    const b = await start(kind, { isKnown: () => false });
    const offered: Link[] = [];
    b.transport.onLink("sync", (link) => void offered.push(link));
    const refused = await a.transport.dial(b.transport.key, b.transport.addresses(), "sync").catch(() => undefined);
    if (refused !== undefined) await new Inbox(refused).whenClosed;
    await eventually(() => a.transport.connections().length === 0 && b.transport.connections().length === 0, "cut off");
    expect(offered).toEqual([]);
    const [near, far] = await connect(a.transport, b.transport, "link");
    const inbox = new Inbox(far);
    await near.send(randomBytes(100));
    await inbox.until(1);
    near.close();
  });

  it("F1: a peer that becomes known may open sync from then on", async () => {
    const a = await start(kind);
    let known = false;
    const b = await start(kind, { isKnown: () => known });
    await connect(a.transport, b.transport, "link");
    known = true;
    const [near, far] = await connect(a.transport, b.transport, "sync");
    const inbox = new Inbox(near);
    await far.send(randomBytes(10));
    await inbox.until(1);
  });

  it("an isKnown that throws makes everybody a stranger", async () => {
    const a = await start(kind);
    const b = await start(kind, {
      isKnown: () => {
        throw new Error("database is gone");
      },
    });
    const link = await a.transport.dial(b.transport.key, b.transport.addresses(), "sync").catch(() => undefined);
    if (link !== undefined) await new Inbox(link).whenClosed;
    expect(b.log.some(({ level }) => level === "error")).toBe(true);
  });

  it("two dials at the same moment give two links that both work", async () => {
    const [a, b] = [await start(kind), await start(kind)];
    const offered = [nextLink(a.transport), nextLink(b.transport)];
    const dialled = await Promise.all([
      a.transport.dial(b.transport.key, b.transport.addresses(), "sync"),
      b.transport.dial(a.transport.key, a.transport.addresses(), "sync"),
    ]);
    const [atA, atB] = await Promise.all(offered);
    const inboxes = [atA, atB].map((link) => new Inbox(link as Link));
    await Promise.all(dialled.map((link) => link.send(randomBytes(10))));
    await Promise.all(inboxes.map((inbox) => inbox.until(1)));
    expect(a.transport.connections().length).toBe(2);
  });

  it("F1: a re-dial makes a second connection; closing the old link ends the old connection and its keys", async () => {
    const [a, b] = [await start(kind), await start(kind)];
    const [old, oldFar] = await connect(a.transport, b.transport);
    const [fresh, freshFar] = await connect(a.transport, b.transport);
    new Inbox(oldFar);
    const inbox = new Inbox(freshFar);
    expect(a.transport.connections().length).toBe(2);
    old.close();
    await eventually(() => a.transport.connections().length === 1 && b.transport.connections().length === 1, "the old one gone");
    await fresh.send(randomBytes(10));
    await inbox.until(1);
  });

  it("A7: disconnect(peer) cuts all connections of that key at once and hands over nothing more", async () => {
    const [a, b, c] = [await start(kind), await start(kind), await start(kind)];
    const pairs = [await connect(a.transport, b.transport), await connect(b.transport, a.transport)];
    const [other, otherFar] = await connect(a.transport, c.transport);
    const inboxes = pairs.flatMap(([near, far]) => [new Inbox(near), new Inbox(far)]);
    const kept = new Inbox(otherFar);
    for (const [near] of pairs) for (let n = 0; n < 20; n++) void near.send(randomBytes(60_000)).catch(() => undefined);
    await b.transport.disconnect(a.transport.key);
    expect(b.transport.connections()).toEqual([]);
    const seen = inboxes.map((inbox) => inbox.frames.length);
    await Promise.all(inboxes.map((inbox) => inbox.whenClosed));
    expect([inboxes[1]?.frames.length, inboxes[2]?.frames.length]).toEqual([seen[1], seen[2]]);
    await other.send(randomBytes(10));
    await kept.until(1);
  });

  it("A7: disconnect(peer) gives up a dial to that key that is still going on", async () => {
    const a = await start(kind);
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const key = (await start(kind)).transport.key;
    const dial = a.transport.dial(key, [`/ip4/127.0.0.1/tcp/${port}${kind === "ws" ? "/ws" : ""}`], "sync");
    const outcome = expect(dial).rejects.toMatchObject({ code: "disconnected" });
    await wait(50);
    await a.transport.disconnect(key);
    await outcome;
    silent.close();
  });

  it("a dial ends with its signal; a link that was made does not", async () => {
    const [a, b] = [await start(kind), await start(kind)];
    const controller = new AbortController();
    const offered = nextLink(b.transport);
    const link = await a.transport.dial(b.transport.key, b.transport.addresses(), "sync", controller.signal);
    controller.abort(new Error("too late"));
    const inbox = new Inbox(await offered);
    await wait(50);
    await link.send(randomBytes(10));
    await inbox.until(1);
    await expect(a.transport.dial(b.transport.key, b.transport.addresses(), "sync", controller.signal)).rejects.toThrow("too late");
  });

  it("a link outlives the time that a dial may take", { timeout: 10_000 }, async () => {
    const [a, b] = [await start(kind, { limits: { handshakeTimeout: 500 } }), await start(kind, { limits: { handshakeTimeout: 500 } })];
    const [near, far] = await connect(a.transport, b.transport);
    const inbox = new Inbox(far);
    await wait(1_500);
    await near.send(randomBytes(10));
    await inbox.until(1);
  });

  it("a link that nobody takes is refused", async () => {
    const [a, b] = [await start(kind), await start(kind)];
    const link = await a.transport.dial(b.transport.key, b.transport.addresses(), "sync").catch(() => undefined);
    if (link !== undefined) await new Inbox(link).whenClosed;
    await eventually(() => a.transport.connections().length === 0, "refused");
  });

  it("stop() with open, busy and never started links ends within 2 seconds, closes both sides and rejects later dials", async () => {
    const [a, b] = [await start(kind), await start(kind)];
    const [near, far] = await connect(a.transport, b.transport);
    const [, unstarted] = await connect(a.transport, b.transport);
    const [stuck, stuckFar] = await connect(a.transport, b.transport);
    const inboxes = [new Inbox(near), new Inbox(far)];
    new Inbox(stuckFar, () => new Promise(() => undefined));
    const sends = Array.from({ length: 100 }, () => stuck.send(randomBytes(100_000)).catch(() => undefined));
    const begun = performance.now();
    await a.transport.stop();
    expect(performance.now() - begun).toBeLessThan(2_000);
    await Promise.all(inboxes.map((inbox) => inbox.whenClosed));
    await Promise.all(sends);
    expect(a.transport.connections()).toEqual([]);
    await eventually(() => b.transport.connections().length === 0, "the other side has seen it");
    await new Inbox(unstarted).whenClosed;
    await expect(a.transport.dial(b.transport.key, b.transport.addresses(), "sync")).rejects.toMatchObject({ code: "stopped" });
  });

  it("restarts on the same port at once, and says so when the port is taken", async () => {
    const first = await start(kind);
    const [address] = first.transport.addresses().map(withoutPeer);
    const second = start(kind, { listen: [address as string] });
    const port = String(first.transport.ports()[0]);
    await expect(second).rejects.toMatchObject({ code: "port-in-use", message: expect.stringContaining(port) });
    const other = await start(kind);
    await connect(other.transport, first.transport);
    await first.transport.stop();
    const third = await start(kind, { listen: [address as string] });
    expect(third.transport.addresses().map(withoutPeer)).toEqual([address]);
    await connect(other.transport, third.transport);
  });
});

describe("transport", () => {
  it("listens on TCP and WebSocket side by side, and expands 0.0.0.0 with loopback last", async () => {
    const { transport } = await start("tcp", {
      listen: ["/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/tcp/0/ws"],
      announce: ["/ip4/203.0.113.7/tcp/4001"],
    });
    const addresses = transport.addresses();
    expect(transport.ports().length).toBe(2);
    expect(addresses[0]).toMatch(/^\/ip4\/203\.0\.113\.7\/tcp\/4001\/p2p\//);
    expect(addresses.join()).not.toContain("0.0.0.0");
    expect(addresses.slice(-2).every((address) => address.startsWith("/ip4/127."))).toBe(true);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it("dials from TCP-only to WebSocket-only and over IPv6", async () => {
    const a = await start("tcp", { listen: [] });
    expect(a.transport.addresses()).toEqual([]);
    const b = await start("ws", { listen: ["/ip6/::1/tcp/0/ws", "/ip6/::1/tcp/0"] });
    for (const address of b.transport.addresses()) {
      void nextLink(b.transport);
      const link = await a.transport.dial(b.transport.key, [address], "sync");
      expect(link.address).toBe(withoutPeer(address));
      link.close();
    }
  });

  it("says in words what cannot be listened on", async () => {
    const options = { seed: randomBytes(32), mdns: false, isKnown: () => true, log: () => undefined };
    await expect(createTransport({ ...options, listen: ["/dns4/example.org/tcp/1"] })).rejects.toMatchObject({ code: "bad-address" });
    await expect(createTransport({ ...options, listen: ["/ip4/203.0.113.1/tcp/0"] })).rejects.toMatchObject({ code: "listen-failed" });
  });

  it("connections() tells the peer, the address without its key, and since when", async () => {
    const [a, b] = [await start("tcp"), await start("tcp")];
    const begun = Date.now();
    await connect(a.transport, b.transport);
    const [connection] = a.transport.connections();
    expect(connection?.peer).toEqual(b.transport.key);
    expect(connection?.address).toBe(withoutPeer(b.transport.addresses()[0] as string));
    expect(Math.abs((connection?.since ?? 0) - begun)).toBeLessThan(1_000);
  });

  it("a connection whose link was closed goes, also when the other side holds on to it", async () => {
    const [a, b] = [await start("tcp"), await start("tcp")];
    const [near] = await connect(a.transport, b.transport);
    near.close();
    await eventually(() => a.transport.connections().length === 0 && b.transport.connections().length === 0, "gone");
  });
});
