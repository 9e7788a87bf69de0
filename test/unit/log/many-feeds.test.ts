import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { Conversation } from "../../../src/sync/core.ts";
import { toHex } from "../../../src/sync/encoding/bytes.ts";
import { MalformedError } from "../../../src/sync/errors.ts";
import { MAX_PARENTS, type Parent } from "../../../src/sync/log/header.ts";
import type { Run } from "../../../src/sync/log/run.ts";
import type { Position } from "../../../src/sync/log/vector.ts";
import { decodeFrame, encodeFrame } from "../../../src/sync/session/frames.ts";
import { isWhole, VectorExchange } from "../../../src/sync/session/vectors.ts";
import { MAX_PENDING } from "../../../src/sync/store/integrate.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";
import { ForgedFeed } from "./forge.ts";

let network: SimNetwork;
let home: SimDevice;
let phone: SimDevice;
let log: Conversation;

beforeEach(async () => {
  network = await SimNetwork.create(12, ["home", "phone"]);
  [home, phone] = network.devices as [SimDevice, SimDevice];
  await network.world.run(10);
  log = home.device.ownLog;
});

const give = (runs: readonly Run[]) => home.device.receive(runs.map((run) => ({ conversation: log, run })));

async function manyFeeds(count: number): Promise<ForgedFeed[]> {
  const feeds = Array.from({ length: count }, (_, n) => new ForgedFeed(phone, log, n));
  for (let i = 0; i < count; i += 500) {
    const runs = feeds.slice(i, i + 500).map((feed) => {
      feed.add(network.world.now);
      return feed.run();
    });
    give(await Promise.all(runs));
  }
  return feeds;
}

const waiting = (device: SimDevice) =>
  [...device.device.store.feeds(log.row)].reduce((sum, { headSeq, integrated }) => sum + headSeq - integrated, 0);

test("B6: 3,000 feeds in one conversation arrive, and a later session says only what differs", async () => {
  const feeds = await manyFeeds(3000);
  network.connectAll();
  await network.world.run(5000);
  expect(phone.device.vector(log.row).length).toBe(home.device.vector(log.row).length);
  network.die(phone);
  phone.restart();
  (feeds[7] as ForgedFeed).add(network.world.now + 1);
  give([await (feeds[7] as ForgedFeed).run()]);
  const [connection] = (network.connectAll(), network.connections());
  let bytes = 0;
  for (const end of connection?.ends ?? []) {
    const send = end.send.bind(end);
    end.send = (frame) => {
      bytes += frame.length;
      return send(frame);
    };
  }
  await network.world.run(5000);
  const sorted = (device: SimDevice) =>
    device.device
      .vector(log.row)
      .map(({ incarnation, seq }) => `${toHex(incarnation)} ${seq}`)
      .sort();
  expect(sorted(phone)).toEqual(sorted(home));
  // A whole vector of them would have 135,000.
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(20_000);
});

test("B6: ten thousand heads are merged eight by eight, and none is lost", async () => {
  await manyFeeds(10_000);
  const heads = () => home.device.store.heads(log.row).size;
  expect(heads()).toBeGreaterThanOrEqual(10_000);
  const before = heads();
  for (let n = 0; n < 5; n++) home.write(`merge ${n}`);
  expect(heads()).toBeLessThanOrEqual(before - 5 * MAX_PARENTS + 1);
  expect(waiting(home)).toBe(0);
});

test("B6: a deep chain through many feeds, which comes in the worst order, costs its length", async () => {
  const feeds = Array.from({ length: 60 }, (_, n) => new ForgedFeed(phone, log, n));
  const begun = network.world.now - 10_000;
  let last: Parent[] = [];
  for (let n = 0; n < 3000; n++) last = [(feeds[n % feeds.length] as ForgedFeed).add(begun + n, last)];
  const runs = await Promise.all(feeds.map((feed) => feed.run()));
  // The first feed, without which nothing stands, comes last, in a frame of its own.
  for (const run of runs.reverse()) give([run]);
  expect(waiting(home)).toBe(0);
  expect(home.texts().length).toBe(3000);
});

test("B6: what waits for a parent that never comes is capped for each feed, and the others go on", async () => {
  const [stuck, free] = [new ForgedFeed(phone, log, 1), new ForgedFeed(phone, log, 2)];
  const nowhere: Parent = { feed: phone.key, incarnation: new Uint8Array(8), seq: 1, hash: new Uint8Array(32) };
  const begun = network.world.now - 10_000;
  stuck.add(begun, [nowhere]);
  const answers: (string | undefined)[] = [];
  for (let sent = 0; sent < MAX_PENDING + 1000; sent += 500) {
    for (let n = 0; n < 500; n++) stuck.add(begun + sent + n + 1);
    answers.push(give([await stuck.run()]).wanting.get(log.row));
  }
  // What comes after what found no room has a gap before it.
  expect(answers.filter((answer) => answer !== undefined)).toEqual(["room", "gap", "gap"]);
  expect(waiting(home)).toBeLessThanOrEqual(MAX_PENDING);
  expect(waiting(home)).toBeGreaterThan(MAX_PENDING - 600);
  free.add(network.world.now, [], "free");
  give([await free.run()]);
  expect(home.texts()).toEqual(["free"]);
});

test("B1: 64 KiB of parents are refused before anything is done with them", async () => {
  const feed = new ForgedFeed(phone, log, 1);
  const parents = Array.from(
    { length: 850 },
    (_, n): Parent => ({ feed: phone.key, incarnation: new Uint8Array(8), seq: n + 1, hash: new Uint8Array(32) }),
  );
  feed.add(network.world.now, parents);
  const run = await feed.run();
  expect(run.entries[0]?.header.length).toBeGreaterThan(64 * 1024);
  expect(() => give([run])).toThrow(MalformedError);
  expect(() => decodeFrame(encodeFrame({ type: "entries", runs: [{ ...run, tag: new Uint8Array(16) }] }))).toThrow(MalformedError);
  expect(home.device.vector(log.row).every(({ incarnation }) => toHex(incarnation) !== toHex(feed.incarnation))).toBe(true);
});

const position = (n: number, seq: number): Position => ({
  device: new Uint8Array(32).fill(1),
  incarnation: new Uint8Array([n * 37, n >> 8, n, 0, 0, 0, 0, 0]),
  seq,
});

test("B6: whatever two devices hold, each learns exactly what the other holds", () => {
  const held = fc.array(fc.tuple(fc.nat(600), fc.integer({ min: 1, max: 3 })), { maxLength: 600 });
  fc.assert(
    fc.property(held, held, fc.boolean(), fc.boolean(), (mine, theirs, hears, grows) => {
      const unique = (list: [number, number][]) => [...new Map(list)].map(([n, seq]) => position(n, seq));
      const [a, b] = [unique(mine), unique(theirs)];
      const near = new VectorExchange(home.device.crypto, () => a);
      const far = new VectorExchange(home.device.crypto, () => b);
      const told = far.summary(1);
      if (hears) near.heard(1, told);
      const expected = keys(a);
      const pieces = near.pieces(1);
      // What is stored meanwhile is not what the peer compared with.
      if (grows) b.push(position(700, 1));
      if (isWhole(pieces)) {
        expect(keys(pieces)).toEqual(expected);
        return;
      }
      const learned = pieces.map((piece) => far.gather(1, piece));
      expect(learned.slice(0, -1).every((early) => early === undefined)).toBe(true);
      expect(keys(learned.at(-1) as Position[])).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test("B6: pieces that build on an older summary are asked for again, and leave nothing behind", () => {
  const a = Array.from({ length: 300 }, (_, n) => position(n, 1));
  const b = [...a];
  const near = new VectorExchange(home.device.crypto, () => a);
  const far = new VectorExchange(home.device.crypto, () => b);
  near.heard(1, far.summary(1));
  const old = near.pieces(1);
  b.push(position(400, 1));
  const told = far.summary(1);
  if (isWhole(old)) throw new Error("a long vector is not said as a whole");
  expect(old.map((piece) => far.gather(1, piece))).toEqual(["again"]);
  near.heard(1, told);
  const again = near.pieces(1);
  if (isWhole(again)) throw new Error("a long vector is not said as a whole");
  expect(keys(far.gather(1, again[0] as never) as Position[])).toEqual(keys(a));
});

const keys = (positions: readonly Position[]) => positions.map(({ incarnation, seq }) => `${toHex(incarnation)} ${seq}`).sort();
