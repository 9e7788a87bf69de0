import { encode } from "cborg";
import { beforeEach, describe, expect, test } from "vitest";
import { createSeedSigner } from "../../../src/sync/crypto/seed-signer.ts";
import { DOMAIN } from "../../../src/sync/domains.ts";
import { encodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { MalformedError } from "../../../src/sync/errors.ts";
import { encodeBody, hashBody } from "../../../src/sync/log/body.ts";
import { decodeHeader, encodeHeader, type Header, hashHeader } from "../../../src/sync/log/header.ts";
import type { Run } from "../../../src/sync/log/run.ts";
import type { Signer } from "../../../src/sync/ports.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";

const MINUTE = 60_000;

let network: SimNetwork;
let home: SimDevice;
let phone: SimDevice;

beforeEach(async () => {
  network = await SimNetwork.create(21, ["home", "phone"]);
  [home, phone] = network.devices as [SimDevice, SimDevice];
  await network.world.run(10);
});

/** A feed that its author writes by hand, with whatever it likes in it. */
class Pen {
  readonly incarnation = network.chance.bytes(8);
  readonly entries: Run["entries"] = [];
  readonly signer: Signer;
  #last: Header | undefined;
  #hash: Uint8Array | null = null;

  constructor(signer: Signer = phone.signer) {
    this.signer = signer;
  }

  header(change: Partial<Header> = {}, text = "text"): { header: Header; body: Uint8Array } {
    const body = encodeBody(network.chance, { text, style: "text" });
    const now = network.world.now;
    const header: Header = {
      ...{ conversation: home.device.ownLog.id, feed: this.signer.publicKey, incarnation: this.incarnation },
      ...{ seq: (this.#last?.seq ?? 0) + 1, prev: this.#hash, parents: [] },
      hlc: { ms: Math.max(now, (this.#last?.hlc.ms ?? 0) + 1), n: 0 },
      ...{ accountHead: home.device.account.head, permissionHead: null, kind: 1, bodyHash: hashBody(home.device.crypto, body) },
      bodySize: body.length,
      ...change,
    };
    return { header, body };
  }

  write(change: Partial<Header> = {}, text = "text"): this {
    const { header, body } = this.header(change, text);
    return this.put(header, encodeHeader(header), body);
  }

  put(header: Header, encoded: Uint8Array, body: Uint8Array): this {
    this.#last = header;
    this.#hash = hashHeader(home.device.crypto, encoded);
    this.entries.push({ header: encoded, body });
    return this;
  }

  async run(from = 0): Promise<Run> {
    const signature = await this.signer.sign(DOMAIN.entrySignature, this.#hash ?? new Uint8Array(32));
    return { feed: this.signer.publicKey, incarnation: this.incarnation, entries: this.entries.slice(from), signature };
  }
}

const give = (run: Run, to = home) => to.device.receive([{ conversation: to.device.ownLog, run }]);
const frozen = (): number => home.sql.get<{ n: number }>("select count(*) as n from feed where frozen_at is not null")?.n ?? 0;

describe("B1: what a header may say", () => {
  test("the pen writes what is taken: the attacks below fail for their own reason", async () => {
    give(await new Pen().write({}, "one").write({}, "two").run());
    expect(home.texts()).toEqual(["one", "two"]);
  });

  test("a header that is not canonical is refused, though it says the same and is signed", async () => {
    const pen = new Pen();
    const { header, body } = pen.header();
    const canonical = encodeHeader(header);
    // The kind in two bytes instead of one.
    const at = canonical.length - (2 + 32 + 2) - 1;
    expect(canonical[at]).toBe(1);
    const longer = new Uint8Array([...canonical.subarray(0, at), 0x18, 1, ...canonical.subarray(at + 1)]);
    expect(() => decodeHeader(longer)).toThrow(MalformedError);
    const run = await pen.put(header, longer, body).run();
    expect(() => give(run)).toThrow(MalformedError);
    const trailing = new Pen();
    const other = trailing.header();
    const padded = await trailing.put(other.header, new Uint8Array([...encodeHeader(other.header), 0]), other.body).run();
    expect(() => give(padded)).toThrow(MalformedError);
    expect(home.texts()).toEqual([]);
  });

  test("a ninth parent, a number out of range, and fields of a wrong form are refused", async () => {
    const parent = { feed: home.key, incarnation: new Uint8Array(8), seq: 1, hash: new Uint8Array(32) };
    const wrong: Partial<Header>[] = [
      { parents: Array.from({ length: 9 }, () => parent) },
      { parents: Array.from({ length: 600 }, () => parent) },
      { parents: [{ ...parent, seq: 0 }] },
      { parents: [{ ...parent, hash: new Uint8Array(31) }] },
      { seq: 0 },
      { kind: 0x1_0000 },
      { bodySize: 15 },
      { bodySize: 256 * 1024 + 1 },
      { hlc: { ms: 2 ** 48, n: 0 } },
      { hlc: { ms: network.world.now, n: 0x1_0000 } },
      { incarnation: new Uint8Array(7) },
      { accountHead: new Uint8Array(0) },
      { prev: new Uint8Array(32) },
    ];
    for (const change of wrong) {
      const run = await new Pen().write(change).run();
      expect(() => give(run), JSON.stringify(change)).toThrow(MalformedError);
    }
    expect(home.texts()).toEqual([]);
  });

  test("floats, tags and indefinite lengths in a header are refused", async () => {
    const pen = new Pen();
    const { header, body } = pen.header();
    const fields = [
      1,
      header.conversation,
      header.feed,
      header.incarnation,
      1,
      null,
      [],
      header.hlc.ms,
      0.5,
      header.accountHead,
      null,
      1,
      header.bodyHash,
      header.bodySize,
    ];
    const run = await pen.put(header, encode(fields), body).run();
    expect(() => give(run)).toThrow(MalformedError);
  });
});

describe("B2: time within the log", () => {
  test("an entry with the same time as the one before it is refused, and the whole run with it", async () => {
    const { now } = network.world;
    const run = await new Pen()
      .write({ hlc: { ms: now, n: 5 } })
      .write({ hlc: { ms: now, n: 5 } })
      .run();
    expect(() => give(run)).toThrow(MalformedError);
    const second = new Pen().write({ hlc: { ms: now, n: 5 } });
    give(await second.run());
    const back = await second.write({ hlc: { ms: now - 1000, n: 0 } }).run(1);
    expect(() => give(back)).toThrow(MalformedError);
  });

  test("an entry that is backdated before what it names is never shown, nor is what follows it", async () => {
    home.write("named");
    const [feed] = [...home.device.store.feeds(home.device.ownLog.row)].filter(({ headSeq }) => headSeq > 0).slice(-1);
    if (!feed) throw new Error("no feed");
    const parent = { feed: feed.device, incarnation: feed.incarnation, seq: feed.headSeq, hash: feed.headHash as Uint8Array };
    const pen = new Pen().write({ parents: [parent], hlc: feed.headHlc }, "same time").write({}, "after it");
    give(await pen.run());
    expect(home.texts()).toEqual(["named"]);
    expect(frozen()).toBe(1);
    expect(home.device.vector(home.device.ownLog.row).length).toBeGreaterThan(0);
  });

  test("B6: a parent that does not exist, or exists with another hash, keeps an entry waiting and nothing else", async () => {
    const parent = { feed: home.key, incarnation: new Uint8Array(8).fill(9), seq: 3, hash: new Uint8Array(32).fill(9) };
    give(await new Pen().write({ parents: [parent] }, "never").run());
    give(await new Pen().write({}, "other").run());
    expect(home.texts()).toEqual(["other"]);
    home.write("own");
    const last = home.sql.get<{ header: Uint8Array }>("select header from entry order by row desc limit 1");
    const named = decodeHeader(last?.header as Uint8Array).parents.map(({ hash }) => Buffer.from(hash).toString("hex"));
    expect(named).not.toContain(Buffer.from(parent.hash).toString("hex"));
  });
});

describe("B3: entries from the future", () => {
  test("at most 256 of a feed are held; they are shown when they are due, and named by nobody before", async () => {
    const ahead = network.world.now + 10 * MINUTE;
    const pen = new Pen();
    for (let i = 0; i < 300; i++) pen.write({ hlc: { ms: ahead, n: i } }, `f${i}`);
    expect(give(await pen.run()).wanting.get(home.device.ownLog.row)).toBe("room");
    const held = new Pen();
    for (let i = 0; i < 256; i++) held.write({ hlc: { ms: ahead, n: i } }, `h${i}`);
    give(await held.run());
    const more = await held.write({ hlc: { ms: ahead, n: 300 } }, "one more").run(256);
    expect(give(more).wanting.get(home.device.ownLog.row)).toBe("room");
    expect(home.texts()).toEqual([]);
    home.write("now");
    const own = home.sql.get<{ header: Uint8Array; hlc_ms: number }>("select header, hlc_ms from entry order by row desc limit 1");
    expect(own?.hlc_ms).toBeLessThan(network.world.now + MINUTE);
    expect(decodeHeader(own?.header as Uint8Array).parents.every(({ feed }) => Buffer.compare(feed, phone.key) !== 0)).toBe(true);
    await network.world.run(4 * MINUTE);
    expect(home.texts()).toEqual(["now"]);
    await network.world.run(2 * MINUTE);
    expect(home.texts().length).toBe(257);
    give(more);
    expect(home.texts().at(-1)).toBe("one more");
  });

  test("a device whose clock was wrong once goes on in a new incarnation, and one bad moment poisons nothing", async () => {
    home.clock.skew = 3 * 24 * 60 * MINUTE;
    home.write("from the future");
    home.clock.skew = 0;
    home.write("set right");
    const rows = home.sql.all<{ hlc_ms: number; incarnation: Uint8Array }>(
      "select e.hlc_ms, f.incarnation from entry e join feed f on f.row = e.feed where e.kind = 1 order by e.row",
    );
    expect(rows[1]?.hlc_ms).toBeLessThan(network.world.now + MINUTE);
    expect(rows[1]?.incarnation).not.toEqual(rows[0]?.incarnation);
    network.connectAll();
    await network.world.run(5000);
    expect(phone.texts()).toEqual(["set right"]);
  });
});

describe("B4: signatures", () => {
  test("a bad signature in the middle does not matter where a later one covers it", async () => {
    const pen = new Pen().write({}, "one");
    const first = { ...(await pen.run()), signature: new Uint8Array(64).fill(3) };
    expect(give(first).stored.size).toBe(0);
    pen.write({}, "two");
    give(await pen.run());
    expect(home.texts()).toEqual(["one", "two"]);
  });

  test("a surplus bad signature over what is held already changes nothing", async () => {
    const pen = new Pen().write({}, "one").write({}, "two");
    give(await pen.run());
    give({ ...(await pen.run()), signature: new Uint8Array(64).fill(3) });
    give(await pen.write({}, "three").run(2));
    expect(home.texts()).toEqual(["one", "two", "three"]);
    expect(frozen()).toBe(0);
  });

  test("a bad run among good ones in one frame takes nothing from them", async () => {
    const [a, b, c] = [await new Pen().write({}, "a").run(), await new Pen().write({}, "b").run(), await new Pen().write({}, "c").run()];
    const conversation = home.device.ownLog;
    home.device.receive([a, { ...b, signature: new Uint8Array(64) }, c].map((run) => ({ conversation, run })));
    expect(home.texts().sort()).toEqual(["a", "c"]);
  });

  test("a fork that nobody signed freezes nothing", async () => {
    const pen = new Pen().write({}, "one");
    give(await pen.run());
    const other = new Pen();
    const forged = { ...other.header({ incarnation: pen.incarnation }, "two") };
    const run = await other.put(forged.header, encodeHeader(forged.header), forged.body).run();
    give({ ...run, incarnation: pen.incarnation, signature: new Uint8Array(64).fill(1) });
    expect(frozen()).toBe(0);
    expect(home.texts()).toEqual(["one"]);
  });

  test("an author that only the message names is nobody: a key in the header does not verify itself", async () => {
    const stranger = createSeedSigner(home.device.crypto, new Uint8Array(32).fill(8));
    expect(give(await new Pen(stranger).write({}, "hello").run()).stored.size).toBe(0);
    expect(home.texts()).toEqual([]);
  });

  test("a signature of another domain over the same bytes is none", async () => {
    for (const domain of Object.values(DOMAIN)) {
      if (domain === DOMAIN.entrySignature) continue;
      const pen = new Pen().write({}, domain);
      const run = await pen.run();
      const id = hashHeader(home.device.crypto, run.entries[0]?.header as Uint8Array);
      give({ ...run, signature: await phone.signer.sign(domain, id) });
    }
    expect(home.texts()).toEqual([]);
  });
});

test("B1: an entry signed for one conversation is not taken into another, nor with the other's id put in", async () => {
  home.ingest("#chan", ["there"]);
  const bridge = home.device.conversations().find(({ founding }) => founding.kind === "bridge");
  if (!bridge) throw new Error("no conversation");
  const run = await new Pen().write({}, "for the own log").run();
  expect(() => home.device.receive([{ conversation: bridge, run }])).toThrow(MalformedError);
  const header = encodeHeader({ ...decodeHeader(run.entries[0]?.header as Uint8Array), conversation: bridge.id });
  home.device.receive([{ conversation: bridge, run: { ...run, entries: [{ header, body: run.entries[0]?.body ?? null }] } }]);
  expect(home.texts()).toEqual(["there"]);
});

test("B1: a body of another entry, and no body that fits its hash, are refused", async () => {
  const [a, b] = [await new Pen().write({}, "a").run(), await new Pen().write({}, "b").run()];
  expect(() => give({ ...a, entries: [{ header: a.entries[0]?.header as Uint8Array, body: b.entries[0]?.body ?? null }] })).toThrow(
    MalformedError,
  );
  expect(() => give({ ...a, entries: [] })).toThrow(MalformedError);
  expect(encodeCbor([]).length).toBe(1);
});
