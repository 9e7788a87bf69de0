import { expect, test } from "vitest";
import { CHUNK } from "../../../src/sync/files/layout.ts";
import { content, type Machine, readFile, Rig, rowOf, sendFile, stateOf } from "./rig.ts";

const MIB = 2 ** 20;
const machines = (rig: Rig): [Machine, Machine, Machine] => rig.machines as [Machine, Machine, Machine];

test("files: a small file comes to the other devices by itself, of any size around a chunk", async () => {
  const rig = await Rig.create(["home", "phone"]);
  const [home, phone] = machines(rig);
  for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5]) {
    const bytes = content(size);
    const sent = await sendFile(rig, home, bytes);
    await rig.run(20_000);
    expect(stateOf(phone, sent)).toBe("here");
    expect(Buffer.compare(await readFile(phone, sent), bytes)).toBe(0);
    expect(Buffer.compare(await readFile(home, sent), bytes)).toBe(0);
  }
});

test("files: what lies on the disk and what travels is sealed, under a key of each file's own", async () => {
  const rig = await Rig.create(["home"]);
  const [home] = machines(rig);
  const bytes = new Uint8Array(CHUNK).fill(65);
  const first = await sendFile(rig, home, bytes);
  const second = await sendFile(rig, home, bytes);
  expect(Buffer.compare(first.root, second.root)).not.toBe(0);
  for (const { bytes: stored } of home.disk.blobs.values()) expect(Buffer.from(stored).includes(Buffer.alloc(8, 65))).toBe(false);
});

test("files: a larger one comes on request, from several devices at once", async () => {
  const rig = await Rig.create(["home", "laptop", "phone"], { autoFetch: 0 });
  const [home, laptop, phone] = machines(rig);
  const bytes = content(12 * MIB);
  const sent = await sendFile(rig, home, bytes);
  await rig.run(5_000);
  expect([stateOf(laptop, sent), stateOf(phone, sent)]).toEqual(["away", "away"]);
  laptop.files.fetch(rowOf(laptop, sent));
  await rig.run(30_000);
  expect(stateOf(laptop, sent)).toBe("here");
  phone.files.fetch(rowOf(phone, sent));
  await rig.run(30_000);
  expect(Buffer.compare(await readFile(phone, sent), bytes)).toBe(0);
  const asked = [home, laptop].map((machine) => machine.asked.get("phone") ?? 0);
  expect(Math.min(...asked)).toBeGreaterThan(8);
  expect(asked.reduce((a, b) => a + b)).toBeLessThan(12 * 4 + 10);
});

test("files: several at once take turns, so that a small one does not wait for a large one", async () => {
  const rig = await Rig.create(["home", "phone"], { autoFetch: 0 });
  const [home, phone] = machines(rig);
  const large = await sendFile(rig, home, content(20 * MIB));
  const small = await sendFile(rig, home, content(MIB));
  await rig.run(2_000);
  phone.files.fetch(rowOf(phone, large));
  await rig.run(10);
  phone.files.fetch(rowOf(phone, small));
  for (let n = 0; n < 1000 && stateOf(phone, small) !== "here"; n++) await rig.run(2);
  expect(stateOf(phone, small)).toBe("here");
  expect(phone.files.progressOf(rowOf(phone, large)).received).toBeLessThan(20 * MIB);
});

test("files: goes on after a cut, and asks for nothing again that had come", async () => {
  const rig = await Rig.create(["home", "phone"], { autoFetch: 0 });
  const [home, phone] = machines(rig);
  const bytes = content(15 * MIB);
  const sent = await sendFile(rig, home, bytes);
  await rig.run(2_000);
  phone.files.fetch(rowOf(phone, sent));
  for (let n = 0; n < 4; n++) {
    await rig.run(40);
    rig.cutFileLinks();
  }
  await rig.run(60_000);
  expect(Buffer.compare(await readFile(phone, sent), bytes)).toBe(0);
  // At each cut, what was on the way: a window of 16.
  expect(home.asked.get("phone")).toBeLessThanOrEqual(60 + 4 * 16);
});

test("files: goes on after a crash with what was saved, and takes no chunk for there that was not", async () => {
  const rig = await Rig.create(["home", "phone"], { autoFetch: 0 });
  const [home, phone] = machines(rig);
  const bytes = content(42 * MIB);
  const sent = await sendFile(rig, home, bytes);
  await rig.run(2_000);
  phone.files.fetch(rowOf(phone, sent));
  for (let n = 0; n < 200 && phone.files.progressOf(rowOf(phone, sent)).received < 36 * MIB; n++) await rig.run(10);
  rig.network.die(phone.sim);
  await phone.files.close();
  phone.sim.restart();
  await rig.start(phone.sim);
  const { received, state } = phone.files.progressOf(rowOf(phone, sent));
  expect(state).toBe("fetching");
  expect(received).toBeGreaterThan(20 * MIB);
  rig.network.connectAll();
  await rig.run(60_000);
  expect(Buffer.compare(await readFile(phone, sent), bytes)).toBe(0);
});

test("files: a start throws away what no entry names, and what was never finished", async () => {
  const rig = await Rig.create(["home"]);
  const [home] = machines(rig);
  const sent = await sendFile(rig, home, content(MIB));
  await home.disk.open("left-over");
  await home.files.close();
  await rig.start(home.sim);
  expect(home.disk.blobs.size).toBe(1);
  expect(await readFile(home, sent)).toHaveLength(MIB);
});

test("files: a blob that somebody removed from the disk is away, and comes again when it is wanted", async () => {
  const rig = await Rig.create(["home", "phone"]);
  const [home, phone] = machines(rig);
  const bytes = content(MIB);
  const sent = await sendFile(rig, home, bytes);
  await rig.run(20_000);
  await phone.files.close();
  phone.disk.blobs.clear();
  await rig.start(phone.sim);
  expect(stateOf(phone, sent)).toBe("away");
  phone.files.fetch(rowOf(phone, sent));
  await rig.run(30_000);
  expect(Buffer.compare(await readFile(phone, sent), bytes)).toBe(0);
});

test("files: cancelling stops the transfer and frees the disk; asking again begins anew", async () => {
  const rig = await Rig.create(["home", "phone"], { autoFetch: 0 });
  const [home, phone] = machines(rig);
  const sent = await sendFile(rig, home, content(20 * MIB));
  await rig.run(2_000);
  phone.files.fetch(rowOf(phone, sent));
  await rig.run(100);
  await phone.files.cancel(rowOf(phone, sent));
  expect(phone.files.progressOf(rowOf(phone, sent))).toMatchObject({ state: "away", received: 0 });
  await rig.run(5_000);
  expect(phone.disk.blobs.size).toBe(0);
  phone.files.fetch(rowOf(phone, sent));
  await rig.run(60_000);
  expect(stateOf(phone, sent)).toBe("here");
});

test("files: the disk becomes full in the middle: a clear error, nothing lost, and it goes on by itself", async () => {
  const rig = await Rig.create(["home", "phone"], { autoFetch: 0 });
  const [home, phone] = machines(rig);
  const bytes = content(20 * MIB);
  const sent = await sendFile(rig, home, bytes);
  await rig.run(2_000);
  phone.files.fetch(rowOf(phone, sent));
  await rig.run(100);
  phone.disk.full = true;
  await rig.run(1_000);
  expect(phone.files.progressOf(rowOf(phone, sent))).toMatchObject({ state: "fetching", trouble: { code: "disk-full" } });
  phone.disk.full = false;
  await rig.run(130_000);
  expect(Buffer.compare(await readFile(phone, sent), bytes)).toBe(0);
});

test("files: a part that the disk lost is noticed when it is read, and fetched again", async () => {
  const rig = await Rig.create(["home", "phone"]);
  const [home, phone] = machines(rig);
  const bytes = content(2 * MIB);
  const sent = await sendFile(rig, home, bytes);
  await rig.run(20_000);
  const [blob] = phone.disk.blobs.values();
  blob!.bytes[CHUNK + 100]! ^= 1;
  await expect(readFile(phone, sent)).rejects.toMatchObject({ code: "corrupt" });
  await rig.run(30_000);
  expect(Buffer.compare(await readFile(phone, sent), bytes)).toBe(0);
});

test("E2: with the last entry that names it a file goes from the disk, and is served to nobody", async () => {
  const rig = await Rig.create(["home", "phone"]);
  const [home, phone] = machines(rig);
  const sent = await sendFile(rig, home, content(MIB));
  await rig.run(20_000);
  home.sim.device.transact((writer) => writer.erase([sent.entry.row]));
  await rig.run(1_000);
  expect(home.files.byRoot(sent.root)).toBeUndefined();
  expect(home.disk.blobs.size).toBe(0);
  const probe = rig.dial(home, phone.sim.transport);
  probe.say({ type: "ask", id: 1, root: sent.root, size: sent.size });
  probe.say({ type: "get", id: 2, root: sent.root, size: sent.size, index: 0 });
  await rig.run(1_000);
  expect(probe.answers).toEqual([
    { type: "none", id: 1 },
    { type: "none", id: 2 },
  ]);
});

test("E2: a file that is being fetched stops when its message is deleted", async () => {
  const rig = await Rig.create(["home", "phone"], { autoFetch: 0 });
  const [home, phone] = machines(rig);
  const sent = await sendFile(rig, home, content(20 * MIB));
  await rig.run(2_000);
  phone.files.fetch(rowOf(phone, sent));
  await rig.run(100);
  const { entry } = phone.sim.device.sql.get<{ entry: number }>("select entry from file_ref") as { entry: number };
  phone.sim.device.transact((writer) => writer.erase([entry]));
  await rig.run(10_000);
  expect(phone.disk.blobs.size).toBe(0);
});

test("files: the quota drops the fetched copies that were opened longest ago, never an original", async () => {
  const rig = await Rig.create(["home", "phone"], { quota: 3 * MIB });
  const [home, phone] = machines(rig);
  const own = await sendFile(rig, phone, content(MIB));
  const sent = [];
  for (let n = 0; n < 3; n++) {
    sent.push(await sendFile(rig, home, content(MIB)));
    await rig.run(20_000);
  }
  expect(sent.map((one) => stateOf(phone, one))).toEqual(["here", "here", "here"]);
  await readFile(phone, sent[0]!);
  await rig.run(1_000);
  const fourth = await sendFile(rig, home, content(MIB));
  await rig.run(20_000);
  expect([...sent, fourth, own].map((one) => stateOf(phone, one))).toEqual(["here", "away", "here", "here", "here"]);
  expect(stateOf(home, sent[1]!)).toBe("here");
  const huge = await sendFile(rig, home, content(4 * MIB));
  await rig.run(20_000);
  phone.files.fetch(rowOf(phone, huge));
  await rig.run(1_000);
  expect(phone.files.progressOf(rowOf(phone, huge)).trouble?.code).toBe("quota-exceeded");
  expect([sent[0]!, fourth].map((one) => stateOf(phone, one))).toEqual(["here", "here"]);
});
