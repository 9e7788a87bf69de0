import { beforeEach, expect, test } from "vitest";
import { createSeedSigner } from "../../../src/sync/crypto/seed-signer.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { Device } from "../../../src/sync/device.ts";
import { DOMAIN, type Domain } from "../../../src/sync/domains.ts";
import { sameBytes } from "../../../src/sync/encoding/bytes.ts";
import { MalformedError } from "../../../src/sync/errors.ts";
import { encodeBody, hashBody } from "../../../src/sync/log/body.ts";
import { decodeHeader, encodeHeader, type Header, hashHeader } from "../../../src/sync/log/header.ts";
import type { Run } from "../../../src/sync/log/run.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";

let network: SimNetwork;
let home: SimDevice;
let phone: SimDevice;

beforeEach(async () => {
  network = await SimNetwork.create(11, ["home", "phone"]);
  [home, phone] = network.devices as [SimDevice, SimDevice];
  await network.world.run(10);
});

/** What the device wrote into its own log, as one run to its head. */
async function ownRun(device: SimDevice): Promise<Run> {
  await network.world.run(10);
  const { store, ownLog, self } = device.device;
  const feed = [...store.feeds(ownLog.row)].find((candidate) => sameBytes(candidate.device, self) && candidate.headSeq > 0);
  const entries = device.device.wire(store.wireOfFeed(feed?.row ?? 0, 0, 100));
  const signature = entries.at(-1)?.signature as Uint8Array;
  return {
    feed: self,
    incarnation: feed?.incarnation as Uint8Array,
    entries: entries.map(({ header, body }) => ({ header, body })),
    signature,
  };
}

const give = (to: Device, run: Run) => to.receive([{ conversation: to.ownLog, run }]);

/** The same feed with its last entry written anew, properly chained and signed by `seedOf`. */
async function rewritten(run: Run, change: Partial<Header>, by: SimDevice, domain: Domain = DOMAIN.entrySignature): Promise<Run> {
  const { crypto } = by.device;
  const last = run.entries.at(-1) as Run["entries"][number];
  const body = encodeBody(by.device.random, { text: "another", style: "text" });
  const header = encodeHeader({ ...decodeHeader(last.header), bodyHash: hashBody(crypto, body), bodySize: body.length, ...change });
  const signature = await by.signer.sign(domain, hashHeader(crypto, header));
  return { ...run, entries: [...run.entries.slice(0, -1), { header, body }], signature };
}

test("B4: a run is taken with one signature over its last entry, and repeating it changes nothing", async () => {
  phone.write("one");
  phone.write("two");
  const run = await ownRun(phone);
  expect(give(home.device, run).stored.get(home.device.ownLog.row)?.[0]?.seq).toBe(2);
  give(home.device, run);
  expect(home.texts()).toEqual(["one", "two"]);
});

test("B4: a wrong signature, one by another device and one of another domain are not taken", async () => {
  phone.write("one");
  const run = await ownRun(phone);
  const id = hashHeader(home.device.crypto, run.entries[0]?.header as Uint8Array);
  for (const signature of [
    new Uint8Array(64),
    await home.signer.sign(DOMAIN.entrySignature, id),
    await phone.signer.sign(DOMAIN.accountOp, id),
    await createSeedSigner(home.device.crypto, new Uint8Array(32)).sign(DOMAIN.entrySignature, id),
  ])
    expect(give(home.device, { ...run, signature }).stored.size).toBe(0);
  expect(home.texts()).toEqual([]);
});

test("B1: an entry is not taken into another conversation, another feed or another incarnation", async () => {
  home.ingest("#chan", ["there"]);
  phone.write("one");
  const run = await ownRun(phone);
  const other = home.device.conversations().find(({ founding }) => founding.kind === "bridge");
  expect(() => home.device.receive([{ conversation: other as never, run }])).toThrow(MalformedError);
  expect(() => give(home.device, { ...run, incarnation: new Uint8Array(8) })).toThrow(MalformedError);
  expect(() => give(home.device, { ...run, feed: home.key })).toThrow(MalformedError);
});

test("B1: a changed body, a changed header and a broken chain are not taken", async () => {
  phone.write("one");
  phone.write("two");
  const run = await ownRun(phone);
  const [first, second] = run.entries as [Run["entries"][number], Run["entries"][number]];
  const body = (second.body as Uint8Array).slice();
  body[20] = (body[20] as number) ^ 1;
  expect(() => give(home.device, { ...run, entries: [first, { ...second, body }] })).toThrow(MalformedError);
  expect(() => give(home.device, { ...run, entries: [second, first] })).toThrow(MalformedError);
  expect(give(home.device, { ...run, entries: [second] }).wanting.get(home.device.ownLog.row)).toBe("gap");
  expect(home.texts()).toEqual([]);
});

test("J4: a device that is not of the account is not heard", async () => {
  phone.write("one");
  const run = await ownRun(phone);
  const stranger = createSeedSigner(home.device.crypto, new Uint8Array(32).fill(5));
  const header = encodeHeader({ ...decodeHeader(run.entries[0]?.header as Uint8Array), feed: stranger.publicKey });
  const signature = await stranger.sign(DOMAIN.entrySignature, hashHeader(home.device.crypto, header));
  const forged = { ...run, feed: stranger.publicKey, entries: [{ header, body: run.entries[0]?.body ?? null }], signature };
  expect(give(home.device, forged)).toMatchObject({ stored: new Map() });
  expect(home.texts()).toEqual([]);
});

test("B2: an entry that is not later than the one before it is refused; one that is not later than what it names freezes its feed", async () => {
  home.write("named");
  give(phone.device, await ownRun(home));
  phone.write("names it");
  const run = await ownRun(phone);
  const early = await rewritten(run, { hlc: { ms: 1, n: 0 } }, phone);
  give(home.device, early);
  expect(home.texts()).toEqual(["named"]);
  expect(home.sql.get<{ n: number }>("select count(*) as n from feed where frozen_at is not null")?.n).toBe(1);
});

test("B5: two signed entries at one place freeze the feed there, and what was before stays", async () => {
  phone.write("one");
  phone.write("two");
  const run = await ownRun(phone);
  give(home.device, run);
  const forks: Uint8Array[] = [];
  home.device.forked.add((device) => forks.push(device));
  give(home.device, await rewritten(run, {}, phone));
  expect(forks).toEqual([phone.key]);
  expect(home.texts()).toEqual(["one"]);
  phone.write("three");
  give(home.device, await ownRun(phone));
  expect(home.texts()).toEqual(["one"]);
});

test("B6: an entry whose parent is missing waits, and comes in its place when the parent is there", async () => {
  home.write("first");
  const parent = await ownRun(home);
  give(phone.device, parent);
  phone.write("second");
  const child = await ownRun(phone);
  const fresh = await SimNetwork.create(11, ["home", "phone"]);
  const [other] = fresh.devices as [SimDevice];
  await fresh.world.run(10);
  // The same seed makes the same account: a third copy that has seen nothing yet.
  expect(other.device.account.account).toEqual(home.device.account.account);
  other.clock.skew = home.clock.now() - other.clock.now();
  give(other.device, child);
  expect(other.texts()).toEqual([]);
  give(other.device, parent);
  expect(other.texts()).toEqual(["first", "second"]);
});

test("B9: an entry of an unknown kind is stored and passed on, and shows nothing", async () => {
  phone.device.transact((writer) => writer.append(phone.device.ownLog.row, 4242, { anything: 1 }));
  phone.write("after it");
  const run = await ownRun(phone);
  give(home.device, run);
  expect(home.texts()).toEqual(["after it"]);
  const feed = home.device.store.findFeed(home.device.ownLog.row, phone.key, run.incarnation);
  const kept = home.device.store.wireOfFeed(feed?.row ?? 0, 0, 10);
  expect(kept.map(({ header }) => Buffer.from(header))).toEqual(run.entries.map(({ header }) => Buffer.from(header)));
});

test("R1: no text of a message stands in the database, and a value that was moved does not open", () => {
  phone.write("the quick brown fox");
  phone.ingest("#secretchannel", ["jumps over"]);
  const image = phone.sql.image();
  for (const text of ["the quick brown fox", "#secretchannel", "jumps over"]) expect(image.includes(text)).toBe(false);
  const sealed = phone.device.seal("table", "1", "column", new Uint8Array([1, 2, 3]));
  expect(phone.device.open("table", "1", "column", sealed)).toEqual(new Uint8Array([1, 2, 3]));
  const places: [string, string, string][] = [
    ["table", "2", "column"],
    ["other", "1", "column"],
    ["table", "1", "other"],
  ];
  for (const place of places) expect(() => phone.device.open(...place, sealed)).toThrow(expect.objectContaining({ code: "corrupt" }));
});

test("a database of a newer version is refused, and not touched", () => {
  phone.sql.run("update schema_version set version = 999 where component = 'core'");
  network.die(phone);
  expect(() => phone.restart()).toThrow(expect.objectContaining({ code: "newer-schema" }));
  expect(phone.sql.get("select version from schema_version where component = 'core'")).toEqual({ version: 999 });
});

test("KIND.device of another account's founding is not learned from a bridge conversation", () => {
  home.ingest("#chan", ["x"]);
  const conversation = home.device.conversations().find(({ founding }) => founding.kind === "bridge");
  const before = home.device.records.get(phone.key)?.name;
  home.device.transact((writer) =>
    writer.append(conversation?.row ?? 0, KIND.device, {
      device: phone.key,
      name: "mallory",
      addresses: [],
      certificate: phone.certificate,
    }),
  );
  expect(home.device.records.get(phone.key)?.name).toBe(before);
});
