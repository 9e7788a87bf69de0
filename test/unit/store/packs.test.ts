import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CoreDevice, memoryDevice, openIn, twoDevices } from "../../../bench/core/account.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { StoredEntry } from "../../../src/sync/core.ts";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { hashHeader } from "../../../src/sync/log/header.ts";
import type { Device } from "../../../src/sync/device.ts";
import { Outgoing } from "../../../src/sync/session/outgoing.ts";
import { changesAfter, messageNumber } from "../../../src/sync/store/changes.ts";

const crypto = await createSodiumCrypto();
let now = Date.now();
let folder: string;
let core: CoreDevice;
let home: Device;
let phone: Device;

beforeEach(async () => {
  const [one, other] = await twoDevices();
  folder = mkdtempSync(join(tmpdir(), "homeport-packs-"));
  now = Date.now();
  home = await memoryDevice(one, () => now);
  core = other;
  phone = openIn(crypto, folder, core);
});

afterEach(() => {
  phone.close();
  rmSync(folder, { recursive: true });
});

const files = () => Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));

/** The other device writes so many, and this one gets what it lacks, as over a link. */
async function write(count: number, text = "text"): Promise<void> {
  home.transact((writer) => {
    for (let n = 0; n < count; n++) writer.append(home.ownLog.row, KIND.text, { text: `${text} ${n}`, style: "text" });
  });
  await turn();
  const outgoing = new Outgoing(home);
  outgoing.begin(home.ownLog.row, new Uint8Array(16), phone.vector(phone.ownLog.row));
  for (let runs = outgoing.next(); runs; runs = outgoing.next()) phone.receive(runs.map((run) => ({ conversation: phone.ownLog, run })));
}

const shown = (): StoredEntry[] =>
  phone.sql.all<{ row: number }>("select row from entry where shown = 1 order by row").map(({ row }) => phone.entry(row) as StoredEntry);
const textOf = ({ row }: StoredEntry) => (phone.body(row) as { text: string } | undefined)?.text;
const packs = () => phone.sql.all<{ key: Uint8Array; bodies: Uint8Array }>("select key, bodies from segment where bodies is not null");
const numbered = (from: number, to: number, text = "text") => Array.from({ length: to - from }, (_, n) => `${text} ${from + n}`);

test("R1, R2: what comes in bulk lies in packs, is read as it was written, and outlives a restart", async () => {
  await write(200);
  expect(packs().length).toBe(4);
  expect(phone.sql.get("select count(*) as n from entry where length(header) > 0 or length(body) > 0")).toEqual({ n: 0 });
  expect(shown().map(textOf)).toEqual(numbered(0, 200));
  phone.close();
  phone = openIn(crypto, folder, core);
  expect(shown().map(textOf)).toEqual(numbered(0, 200));
});

test("B6: what came in bulk goes on to others byte by byte as it came", async () => {
  await write(300);
  const sent = (device: Device) => {
    const outgoing = new Outgoing(device);
    outgoing.begin(device.ownLog.row, new Uint8Array(16), []);
    const runs = [];
    for (let some = outgoing.next(); some; some = outgoing.next()) runs.push(...some);
    return runs.filter(({ feed }) => Buffer.compare(feed, home.self) === 0).flatMap(({ entries }) => entries);
  };
  const [there, here] = [sent(home), sent(phone)];
  expect(here.length).toBe(there.length);
  here.forEach(({ header, body }, i) => {
    expect(Buffer.compare(header, there[i]?.header as Uint8Array)).toBe(0);
    expect(Buffer.compare(body as Uint8Array, there[i]?.body as Uint8Array)).toBe(0);
  });
});

test("E2, R2: of an entry of a pack that is erased, no body and no key is in any file; the header and the others stay", async () => {
  await write(200);
  const target = shown()[70] as StoredEntry;
  const header = phone.store.header(target.row).slice();
  const before = packs();
  phone.transact((writer) => writer.erase([target.row]));
  const gone = before.filter(({ bodies }) => !files().includes(Buffer.from(bodies)));
  expect(gone.length).toBe(1);
  expect(files().includes(Buffer.from((gone[0] as { key: Uint8Array }).key))).toBe(false);
  expect(packs().length).toBe(3);
  expect(phone.body(target.row)).toBeUndefined();
  expect(Buffer.compare(phone.store.header(target.row), header)).toBe(0);
  expect(phone.store.entry(target.row)).toEqual(target);
  expect(shown().map(textOf)).toEqual([...numbered(0, 70), undefined, ...numbered(71, 200)]);
  phone.transact((writer) => writer.erase([shown()[71]?.row as number, shown()[199]?.row as number]));
  expect(shown().map(textOf)).toEqual([...numbered(0, 70), undefined, undefined, ...numbered(72, 199), undefined]);
});

test("R2: entries that came one by one keep their bodies when one of them is erased, with packs between them", async () => {
  for (const n of [1, 100, 2, 50, 3]) await write(n, `batch of ${n}`);
  const all = shown();
  const [first] = all as [StoredEntry];
  phone.transact((writer) => writer.erase([first.row]));
  const rest = [100, 2, 50, 3].flatMap((n) => numbered(0, n, `batch of ${n}`));
  expect(shown().slice(1).map(textOf)).toEqual(rest);
});

test("E3: of packs behind a deletion nothing is left, and of the one that it cuts only what is later", async () => {
  await write(100);
  now += 1000;
  await write(20, "later");
  const [cut] = shown().filter((entry) => textOf(entry) === "text 99") as [StoredEntry];
  const sealed = packs();
  phone.transact((writer) => {
    phone.store.collapse(phone.ownLog.row, cut.hlc);
    writer.afterCommit(() => undefined);
  });
  phone.sql.exec("pragma wal_checkpoint(truncate)");
  expect(shown().map(textOf)).toEqual(numbered(0, 20, "later"));
  for (const { key } of sealed.slice(0, 2)) expect(files().includes(Buffer.from(key))).toBe(false);
  const last = phone.sql.get<{ row: number; hash: Uint8Array }>("select row, hash from entry where hash = ?", hashOf(cut)) as {
    row: number;
    hash: Uint8Array;
  };
  expect(hashHeader(crypto, phone.store.header(last.row))).toEqual(new Uint8Array(last.hash));
});

test("a follower hears of each message that came in bulk once, wherever it takes up again", async () => {
  await write(100);
  const all = changesAfter(phone.sql, 0, undefined, 1000).filter(({ what }) => what === 1);
  expect(all.map(({ entry }) => entry)).toEqual(shown().map(({ row }) => row));
  expect(phone.sql.get("select count(*) as n from change where what = 1")).toEqual({ n: 1 });
  for (const { n, entry } of all) {
    expect(messageNumber(phone.sql, entry)).toBe(n);
    const next = changesAfter(phone.sql, n, phone.ownLog.row, 7);
    expect(next.map((change) => change.n)).toEqual(all.filter((change) => change.n > n && change.n <= n + 7).map((change) => change.n));
  }
  await write(1, "one more");
  expect(changesAfter(phone.sql, (all.at(-1) as { n: number }).n, undefined, 10).length).toBe(1);
});

test("a transaction that fails after a bulk leaves nothing behind, and the same comes in again", async () => {
  await write(10);
  const { sql } = phone;
  const run = sql.run.bind(sql);
  sql.run = (text, ...params) => {
    if (text.startsWith("insert into change")) throw new Error("the disk is gone");
    return run(text, ...params);
  };
  await expect(write(50, "again")).rejects.toThrow("the disk is gone");
  sql.run = run;
  await write(1, "end");
  expect(shown().map(textOf)).toEqual([...numbered(0, 10), ...numbered(0, 50, "again"), "end 0"]);
});

function hashOf({ row }: StoredEntry): Uint8Array {
  return phone.sql.get<{ hash: Uint8Array }>("select hash from entry where row = ?", row)?.hash ?? new Uint8Array();
}
