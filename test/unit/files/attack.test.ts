import { expect, test } from "vitest";
import { freezeDevice, revokeDevice } from "../../../src/device/revocation.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import { decodeFileFrame, encodeFileFrame, type FileFrame } from "../../../src/sync/files/frames.ts";
import { CHUNK, MAX_FILE, STRIDE } from "../../../src/sync/files/layout.ts";
import type { Link, LinkReceiver } from "../../../src/sync/ports.ts";
import { content, type Machine, type Probe, readFile, Rig, rowOf, sendFile, type SentFile, stateOf } from "./rig.ts";

const MIB = 2 ** 20;
const two = (rig: Rig): [Machine, Machine] => rig.machines as [Machine, Machine];

function demand(probe: Probe, { root, size }: SentFile): void {
  probe.say({ type: "ask", id: 1, root, size });
  probe.say({ type: "get", id: 2, root, size, index: 0 });
}

test("J4: a stranger's link about files is closed before it may say a word", async () => {
  const rig = await Rig.create(["home"]);
  const [home] = two(rig);
  const sent = await sendFile(rig, home, content(MIB));
  const probe = rig.dial(home, new Uint8Array(32).fill(9));
  demand(probe, sent);
  await rig.run(1_000);
  expect(probe).toMatchObject({ closed: true, answers: [] });
});

test("J4: a device that was revoked, or is frozen, gets nothing over a new link, and its open ones are cut at once", async () => {
  for (const shutOut of [revokeDevice, freezeDevice]) {
    const rig = await Rig.create(["home", "phone"], { autoFetch: 0 });
    const [home, phone] = two(rig);
    const sent = await sendFile(rig, home, content(MIB));
    const before = rig.dial(home, phone.sim.transport);
    demand(before, sent);
    await rig.run(1_000);
    expect(before.answers.map(({ type }) => type).sort()).toEqual(["chunk", "holds"]);
    await shutOut(home.sim.device, phone.sim.key);
    demand(before, sent);
    const after = rig.dial(home, phone.sim.transport);
    demand(after, sent);
    await rig.run(1_000);
    expect(before.closed).toBe(true);
    expect(before.answers).toHaveLength(2);
    expect(after).toMatchObject({ closed: true, answers: [] });
  }
});

test("J4: a device that is not revoked yet where it asks gets only what a message of its conversations names", async () => {
  const rig = await Rig.create(["home", "phone"]);
  const [home, phone] = two(rig);
  const sent = await sendFile(rig, home, content(MIB));
  const probe = rig.dial(home, phone.sim.transport);
  const unknown = { ...sent, root: new Uint8Array(32) };
  demand(probe, unknown);
  demand(probe, { ...sent, size: sent.size + 1 });
  probe.say({ type: "get", id: 5, root: sent.root, size: sent.size, index: 4 });
  await rig.run(1_000);
  // The same answer, whatever the reason.
  expect(new Set(probe.answers.map(({ type }) => type))).toEqual(new Set(["none"]));
  expect(probe.answers).toHaveLength(5);
});

test("J4: no list of files can be asked for, and a malformed question ends the link", async () => {
  const rig = await Rig.create(["home", "phone"]);
  const [home, phone] = two(rig);
  for (const bytes of [new Uint8Array([0, 1, 0x80]), new Uint8Array([1]), encodeFileFrame({ type: "none", id: 77 })]) {
    const probe = rig.dial(home, phone.sim.transport);
    probe.say(bytes);
    await rig.run(1_000);
    expect(probe).toMatchObject({ closed: true, answers: [] });
  }
});

test("files: who asks without end and takes nothing is cut off, and costs a bounded queue", async () => {
  const rig = await Rig.create(["home", "phone"]);
  const [home, phone] = two(rig);
  const { root, size } = await sendFile(rig, home, content(MIB));
  let [receiver, closed, taken]: [LinkReceiver | undefined, boolean, number] = [undefined, false, 0];
  home.files.add({
    ...{ peer: phone.sim.transport, outbound: false, address: "/stuck" },
    start: (given) => {
      receiver = given;
    },
    send: () => new Promise(() => undefined),
    close: () => {
      closed = true;
    },
  });
  for (let id = 1; id <= 1_000 && !closed; id++) {
    void receiver!.frame(encodeFileFrame({ type: "get", id, root, size, index: 0 }));
    taken = id;
  }
  expect(closed).toBe(true);
  expect(taken).toBeLessThan(150);
});

/** Home's link as the phone sees it, with what home says changed on the way. */
function lying(link: Link, change: (frame: FileFrame) => FileFrame): Link {
  return {
    ...{ peer: link.peer, outbound: link.outbound, address: link.address, send: (frame) => link.send(frame), close: () => link.close() },
    start: ({ frame, closed }) => link.start({ closed, frame: (bytes) => frame(encodeFileFrame(change(decodeFileFrame(bytes)))) }),
  };
}

const LIES: Record<string, (frame: FileFrame) => FileFrame> = {
  "a changed chunk": (frame) => (frame.type === "chunk" ? { ...frame, sealed: frame.sealed.map((byte) => byte ^ 1) } : frame),
  "a wrong proof": (frame) => (frame.type === "chunk" ? { ...frame, proof: new Uint8Array(frame.proof.length) } : frame),
  "no proof": (frame) => (frame.type === "chunk" ? { ...frame, proof: new Uint8Array(0) } : frame),
  "a chunk that is too short": (frame) => (frame.type === "chunk" ? { ...frame, sealed: frame.sealed.slice(1) } : frame),
  "a chunk that is too long": (frame) => (frame.type === "chunk" ? { ...frame, sealed: new Uint8Array(STRIDE) } : frame),
};

for (const [what, change] of Object.entries(LIES))
  test(`files: ${what} is not stored, and who sent it is not asked again for a while`, async () => {
    const rig = await Rig.create(["home", "phone"], { autoFetch: 0 });
    const [home, phone] = two(rig);
    const bytes = content(MIB - 5);
    const sent = await sendFile(rig, home, bytes);
    await rig.run(1_000);
    rig.change = (link) => lying(link, change);
    phone.files.fetch(rowOf(phone, sent));
    await rig.run(60_000);
    expect(phone.files.progressOf(rowOf(phone, sent))).toMatchObject({ state: "fetching", received: 0 });
    for (const { bytes: stored } of phone.disk.blobs.values()) expect(stored.length).toBe(0);
    rig.change = undefined;
    await rig.run(60_000);
    expect(stateOf(phone, sent)).toBe("fetching");
    await rig.run(11 * 60_000);
    expect(Buffer.compare(await readFile(phone, sent), bytes)).toBe(0);
  });

test("files: one that lies does not keep a file from coming from another", async () => {
  const rig = await Rig.create(["home", "laptop", "phone"], { autoFetch: 0 });
  const [home, laptop] = two(rig);
  const phone = rig.machines[2] as Machine;
  const bytes = content(4 * MIB);
  const sent = await sendFile(rig, home, bytes);
  await rig.run(1_000);
  laptop.files.fetch(rowOf(laptop, sent));
  await rig.run(20_000);
  rig.change = (link, from) => (from === home.sim ? lying(link, LIES["a changed chunk"]!) : link);
  phone.files.fetch(rowOf(phone, sent));
  await rig.run(60_000);
  expect(Buffer.compare(await readFile(phone, sent), bytes)).toBe(0);
});

test("files: a message that claims an absurd size costs nothing, and one that lies about it never becomes a file", async () => {
  const rig = await Rig.create(["home", "phone"]);
  const [home, phone] = two(rig);
  const sent = await sendFile(rig, home, content(3 * CHUNK));
  const { ownLog } = home.sim.device;
  const about = { key: sent.key, name: "bomb", mime: "" };
  for (const file of [
    { ...about, root: sent.root, size: MAX_FILE },
    { ...about, root: sent.root, size: CHUNK },
    { ...about, root: content(32), size: 2 * CHUNK },
  ])
    home.sim.device.transact((writer) => writer.append(ownLog.row, KIND.text, { text: "", style: "text", files: [file] }));
  for (const size of [MAX_FILE + 1, -1, Number.MAX_SAFE_INTEGER])
    home.sim.device.transact((writer) =>
      writer.append(ownLog.row, KIND.text, { text: "", style: "text", files: [{ ...about, root: sent.root, size }] }),
    );
  await rig.run(60_000);
  const rows = phone.sim.device.sql.all<{ size: number; state: number }>("select size, state from file order by row");
  expect(rows.filter(({ state }) => state === 3)).toEqual([{ size: sent.size, state: 3 }]);
  expect(rows).toHaveLength(4);
  expect([...phone.disk.blobs.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(3 * STRIDE);
});
