import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { MalformedError } from "../../../src/sync/errors.ts";
import type { Clock, Link } from "../../../src/sync/ports.ts";
import { withoutPeer } from "../../../src/transport/addresses.ts";
import { createTransport, Relay, Reservation } from "../../../src/transport/index.ts";
import { decodeWord, encodeWord, type RelayWord } from "../../../src/transport/relay/wire.ts";

const ANY = "/ip4/127.0.0.1/tcp/0";
const clock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};
const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function node(listen: string[], isKnown: (key: Uint8Array) => boolean = () => true) {
  const transport = await createTransport({
    ...{ seed: new Uint8Array(randomBytes(32)), listen, mdns: false, isKnown, log: () => undefined },
  });
  ends.push(() => transport.stop());
  return transport;
}

/** A relay and a home that holds a reservation there; `letsIn`: whom home knows. */
async function relayed(letsIn: (key: Uint8Array) => boolean = () => true) {
  const [relay, home] = await Promise.all([node([ANY]), node([ANY])]);
  const carrier = new Relay({ newId: () => new Uint8Array(randomBytes(16)), addresses: () => relay.addresses().map(withoutPeer) });
  relay.onLink("relay", (link) => carrier.accept(link));
  const held = Promise.withResolvers<void>();
  const reservation = new Reservation({
    ...{ relay: relay.addresses()[0] as string, transport: home.relays, isKnown: letsIn, clock, log: () => undefined },
    dial: (key, addresses, signal) => home.dial(key, addresses, "relay", signal),
    changed: () => held.resolve(),
  });
  ends.push(() => reservation.stop());
  await held.promise;
  return { relay, home, reservation };
}

describe("a relay of one's own", () => {
  test("leads to a device that is not dialled, and carries what is sent whole and in order", async () => {
    const { home, reservation } = await relayed();
    const phone = await node([]);
    const taken = Promise.withResolvers<Link>();
    home.onLink("sync", (link) => taken.resolve(link));
    const sender = await phone.dial(home.key, reservation.addresses(), "sync");
    const receiver = await taken.promise;
    expect(receiver.peer).toEqual(phone.key);
    expect(receiver.address).toMatch(/\/p2p-circuit$/);
    const heard: number[] = [];
    const all = Promise.withResolvers<void>();
    receiver.start({ frame: (bytes) => void (heard.push(bytes[0] as number) === 100 && all.resolve()), closed: () => undefined });
    sender.start({ frame: () => undefined, closed: () => undefined });
    for (let n = 0; n < 100; n++) await sender.send(new Uint8Array(50_000).fill(n));
    await all.promise;
    expect(heard).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  test("a caller whom home does not know is not let in", async () => {
    const { home, reservation } = await relayed(() => false);
    const stranger = await node([]);
    const dial = stranger.dial(home.key, reservation.addresses(), "sync", AbortSignal.timeout(1500));
    await expect(dial).rejects.toThrow(Error);
    expect(home.connections().some(({ address }) => address.includes("p2p-circuit"))).toBe(false);
  });

  test("a relay that brings another device than it says is refused by the keys of the two", async () => {
    const { home, reservation } = await relayed();
    const [phone, other] = await Promise.all([node([]), node([ANY])]);
    const dial = phone.dial(other.key, reservation.addresses(), "sync", AbortSignal.timeout(1500));
    await expect(dial).rejects.toThrow(Error);
    expect(home.connections().some(({ address }) => address.includes("p2p-circuit"))).toBe(false);
  });

  test("F1: whom the relay does not know may not use it", async () => {
    const relay = await node([ANY], () => false);
    const carrier = new Relay({ newId: () => new Uint8Array(randomBytes(16)), addresses: () => [] });
    relay.onLink("relay", (link) => carrier.accept(link));
    const stranger = await node([]);
    const link = await stranger.dial(relay.key, relay.addresses().map(withoutPeer), "relay").catch(() => undefined);
    const closed = Promise.withResolvers<void>();
    if (link) link.start({ frame: () => undefined, closed: () => closed.resolve() });
    else closed.resolve();
    await closed.promise;
    expect(relay.connections()).toEqual([]);
  });
});

describe("words to a relay", () => {
  const key = new Uint8Array(32).fill(7);
  const id = new Uint8Array(16).fill(9);
  const words: RelayWord[] = [
    { word: "reserve" },
    { word: "through" },
    { word: "reserved", addresses: ["/ip4/203.0.113.9/tcp/1"] },
    { word: "connect", key },
    { word: "incoming", id, key },
    { word: "accept", id },
  ];

  test.each(words)("$word comes through", (word) => {
    expect(decodeWord(encodeWord(word))).toEqual(word);
  });

  test("anything else is malformed", () => {
    for (const bytes of [new Uint8Array(), Uint8Array.of(0x80), Uint8Array.of(0x81, 0x61, 0x78), new Uint8Array(randomBytes(40))])
      expect(() => decodeWord(bytes)).toThrow(MalformedError);
  });
});
