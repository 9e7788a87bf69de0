import { describe, expect, it } from "vitest";
import { DOMAIN } from "../../../src/sync/domains.ts";
import { MalformedError } from "../../../src/sync/errors.ts";
import { decodeCbor, encodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { type AccountOp, decodeOp, encodeOp, encodeSignedPart, type OpDraft } from "../../../src/sync/account/op.ts";
import type { OpBody } from "../../../src/sync/account/op-body.ts";
import { OpSet } from "../../../src/sync/account/op-set.ts";
import { crypto, World } from "./world.ts";

function setOf(w: World, ops: readonly AccountOp[] = w.ops): OpSet {
  const set = new OpSet(crypto, w.account);
  for (const op of ops) set.add(op.bytes);
  return set;
}

/** The op with something in its signed part replaced, and signed again by its author. */
function altered(w: World, op: AccountOp, author: string, change: Partial<OpDraft>, countersigned = op.body.type === "add"): Uint8Array {
  const draft: OpDraft = { ...op, ...change };
  const signedPart = encodeSignedPart(draft);
  if (countersigned) return w.sign(author, signedPart, draft.body).bytes;
  return encodeOp(signedPart, crypto.sign(DOMAIN.accountOp, signedPart, w.keypair(author).secretKey), null);
}

describe("adding ops", () => {
  it("A1: an op is added once and then known, whatever its signatures say", () => {
    const w = new World();
    const a = w.add("G", "A");
    const set = setOf(w);
    expect([set.add(a.bytes), set.add(encodeOp(a.signedPart, new Uint8Array(64), null)), set.size]).toEqual(["known", "known", 2]);
    expect(set.all()[1]).toEqual(a.bytes);
  });

  it("A2: an op with unknown parents is pending, and enters with them", () => {
    const w = new World();
    const [a, b, c] = [w.add("G", "A"), w.add("A", "B"), w.add("B", "C")];
    const set = new OpSet(crypto, w.account);
    expect([c, b, a].map((op) => set.add(op.bytes))).toEqual(["pending", "pending", "pending"]);
    const { result, added } = set.absorb(w.genesis.bytes);
    expect([result, added]).toEqual(["added", [w.genesis, a, b, c].map((op) => op.bytes)]);
    expect(set.pending).toBe(0);
  });

  it("A2: what waits is bounded, the oldest goes, and what went is not in the vector", () => {
    const w = new World();
    const ops = Array.from({ length: 300 }, () => w.freeze("G", "A"));
    const set = new OpSet(crypto, w.account);
    for (const op of ops) expect(set.add(op.bytes)).toBe("pending");
    expect(set.pending).toBe(256);
    set.add(w.genesis.bytes);
    expect(set.size).toBe(1);
    for (const op of ops) set.add(op.bytes);
    expect(set.size).toBe(301);
  });

  it("A2: the bytes that were given may change afterwards", () => {
    const w = new World();
    const bytes = w.genesis.bytes.slice();
    const set = new OpSet(crypto, w.account);
    set.add(bytes);
    bytes.fill(0);
    expect(set.all()).toEqual([w.genesis.bytes]);
  });

  it("A2: a pending op that turns out invalid is dropped and takes nothing with it", () => {
    const w = new World();
    const a = w.add("G", "A");
    const stranger = w.op("X", { type: "freeze", device: w.key("A") }, { prev: null });
    const set = new OpSet(crypto, w.account);
    expect([set.add(stranger.bytes), set.add(a.bytes)]).toEqual(["pending", "pending"]);
    set.add(w.genesis.bytes);
    expect([set.size, set.pending]).toEqual([2, 0]);
  });
});

describe("invalid ops", () => {
  const bad = (set: OpSet, bytes: Uint8Array): string => {
    try {
      set.add(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedError);
      return (error as Error).message;
    }
    throw new Error("was taken");
  };

  const rows: [name: string, make: (w: World, a: AccountOp) => Uint8Array, reason: string][] = [
    [
      "A2: an op signed by another key",
      (w) => {
        const b = w.add("G", "B");
        return encodeOp(b.signedPart, crypto.sign(DOMAIN.accountOp, b.signedPart, w.keypair("X").secretKey), b.countersignature);
      },
      "signature is wrong",
    ],
    [
      "A2: a signature under another domain",
      (w) => {
        const b = w.add("G", "B");
        return encodeOp(b.signedPart, crypto.sign(DOMAIN.entrySignature, b.signedPart, w.keypair("G").secretKey), b.countersignature);
      },
      "signature is wrong",
    ],
    [
      "A2: an add without the new device's countersignature",
      (w) => {
        const b = w.add("G", "B");
        return encodeOp(b.signedPart, b.signature, null);
      },
      "countersignature is missing",
    ],
    [
      "A2: an add countersigned by another device",
      (w) => {
        const b = w.add("G", "B");
        return encodeOp(b.signedPart, b.signature, crypto.sign(DOMAIN.accountAddCountersign, new Uint8Array(96), w.keypair("B").secretKey));
      },
      "countersignature is wrong",
    ],
    [
      "A2: a countersignature where none belongs",
      (w) => {
        const op = w.freeze("G", "A");
        return encodeOp(op.signedPart, op.signature, new Uint8Array(64));
      },
      "superfluous",
    ],
    ["A2: an author that was never admitted", (w) => w.freeze("X", "A", { prev: null }).bytes, "not of this account"],
    [
      "A2: an author whose admission is not in the past",
      (w) => w.freeze("A", "G", { after: [w.genesis], prev: null }).bytes,
      "not of this account",
    ],
    ["A2: prev is another author's op", (w, a) => altered(w, w.freeze("A", "G"), "A", { seq: 3, prev: a.id, parents: [] }), "prev is not"],
    ["A2: prev is not at seq - 1", (w, a) => altered(w, w.freeze("G", "A"), "G", { seq: 4, prev: a.id, parents: [] }), "prev is not"],
    ["A2: a seq above 1 without prev", (w, a) => altered(w, w.freeze("G", "A"), "G", { prev: null, parents: [a.id] }), "prev and seq"],
    ["A2: prev named among the parents too", (w, a) => altered(w, w.freeze("G", "A"), "G", { prev: a.id, parents: [a.id] }), "named twice"],
    [
      "A2: an op of another account",
      (w) => {
        const op = new World("Z").freeze("Z", "A");
        w.key("Z");
        return op.bytes;
      },
      "another account",
    ],
    ["A1: a genesis of another account", () => new World("Z").genesis.bytes, "another account"],
    ["A1: a genesis by a browser", () => "browser" as never, "browser"],
    ["A2: an op without any past", (w) => altered(w, w.freeze("A", "G"), "A", { seq: 1, prev: null, parents: [] }), "no past"],
    ["A2: an op that names no account", (w, a) => altered(w, w.freeze("G", "A"), "G", { account: null, prev: a.id }), "account"],
    ["A2: a device that freezes itself", (w) => w.freeze("A", "A").bytes, "to itself"],
    ["A5: a recover signed by a device", (w) => altered(w, w.freeze("G", "A"), "G", { body: recoverBody(1) }), "may not recover"],
    ["A5: a recover by a key that is not the account's", (w) => w.recover("other words", 1, ["G"]).bytes, "not of this account"],
    ["A5: a recover of an epoch that does not follow", (w) => w.recover("words", 2, ["G"]).bytes, "does not follow"],
    ["A5: a revoke by the recovery key", (w) => w.revoke("words", "G", { prev: null }).bytes, "may not do this"],
    ["A7: an op above 16 KiB", (w) => w.op("G", { type: "unknown", code: 9, body: new Uint8Array(16_300) }).bytes, "16 KiB"],
  ];

  for (const [name, make, reason] of rows) {
    it(name, () => {
      const w = new World();
      const a = w.add("G", "A");
      const set = setOf(w);
      if (reason === "browser") return expect(() => genesisByBrowser()).toThrow(/may not begin/);
      if (reason === "16 KiB") return expect(() => make(w, a)).toThrow(/16 KiB/);
      expect(bad(set, make(w, a))).toContain(reason);
      expect(set.size).toBe(2);
    });
  }

  function recoverBody(epoch: number): OpBody {
    return { type: "recover", epoch, keep: [], voids: [], recovery: null };
  }

  function genesisByBrowser(): void {
    const w = new World();
    const body: OpBody = { type: "genesis", device: w.key("G"), class: "browser", recovery: null, nonce: new Uint8Array(16) };
    const op = w.op("G", body, { after: [], prev: null });
    new OpSet(crypto, op.id).add(op.bytes);
  }

  const genesisBody = (device: Uint8Array): OpBody => ({
    type: "genesis",
    device,
    class: "full",
    recovery: null,
    nonce: new Uint8Array(16),
  });

  function signed(w: World, author: string, change: Partial<OpDraft>): AccountOp {
    const draft: OpDraft = {
      account: null,
      author: w.key(author),
      seq: 1,
      prev: null,
      parents: [],
      body: genesisBody(w.key(author)),
      ...change,
    };
    return w.sign(author, encodeSignedPart(draft), draft.body);
  }

  it("A1: a genesis that is signed by another key than the device it names", () => {
    const w = new World();
    const op = signed(w, "X", { body: genesisBody(w.key("G")) });
    expect(() => new OpSet(crypto, op.id).add(op.bytes)).toThrow(/not signed by its device/);
  });

  it("A1: a genesis that has a past", () => {
    const w = new World();
    const after = signed(w, "G", { parents: [w.genesis.id] });
    const later = signed(w, "G", { seq: 2, prev: w.genesis.id });
    for (const op of [after, later]) expect(() => new OpSet(crypto, op.id).add(op.bytes)).toThrow(/genesis has a past/);
  });

  it("A1: a second genesis inside an account admits nobody, by a stranger or by a device of the account", () => {
    const w = new World();
    const set = setOf(w);
    const stranger = signed(w, "X", { account: w.account });
    const insider = signed(w, "G", { account: w.account, seq: 2, prev: w.genesis.id });
    for (const op of [stranger, insider]) expect(() => set.add(op.bytes)).toThrow(MalformedError);
    expect(() => set.add(w.freeze("X", "G", { after: [w.genesis], prev: null }).bytes)).toThrow(/not of this account/);
    expect([set.size, set.state.devices.size]).toEqual([1, 1]);
  });

  it("A1: parents that are not sorted, named twice, or more than eight are malformed", () => {
    const w = new World();
    const [version, account, author, seq, prev, , type, body] = decodeCbor(w.freeze("G", "A").signedPart) as never[];
    const ids = Array.from({ length: 9 }, (_, i) => new Uint8Array(32).fill(i));
    for (const parents of [[ids[1], ids[0]], [ids[1], ids[1]], ids]) {
      const signedPart = encodeCbor([version, account, author, seq, prev, parents, type, body] as never);
      expect(() => decodeOp(crypto, encodeOp(signedPart, new Uint8Array(64), null))).toThrow(MalformedError);
    }
  });

  it("A2: an op that is not canonical, or of another version, is malformed", () => {
    const w = new World();
    const [, ...rest] = decodeCbor(w.genesis.signedPart) as never[];
    const other = encodeCbor([2, ...rest] as never);
    expect(() => decodeOp(crypto, encodeOp(other, new Uint8Array(64), null))).toThrow(/version/);
    const long = Uint8Array.of(0x98, 0x03, ...w.genesis.bytes.slice(1));
    expect(() => decodeOp(crypto, long)).toThrow(MalformedError);
  });
});

describe("limits", () => {
  it("A7: an author has 64 ops outside revoke, freeze and recover, which always have room", () => {
    const w = new World();
    w.add("G", "A");
    for (let i = 0; i < 62; i++) w.unfreeze("G", "A");
    const set = setOf(w);
    expect(set.spentBy(w.key("G"))).toBe(64);
    expect(() => set.add(w.add("G", "B").bytes)).toThrow(/too many/);
    w.ops.pop();
    for (const op of [w.freeze("G", "A"), w.revoke("G", "A"), w.recover("words", 1, ["G"])]) expect(set.add(op.bytes)).toBe("added");
  });

  it("A7: a fork does not give an author more room on either branch", () => {
    const w = new World();
    const a = w.add("G", "A");
    for (let i = 0; i < 62; i++) w.unfreeze("G", "A");
    const set = setOf(w);
    const branch = w.add("G", "B", { prev: a, after: [] });
    expect([set.add(branch.bytes), set.spentBy(w.key("G"))]).toEqual(["added", 64]);
    expect(() => set.add(w.add("G", "C", { prev: w.ops.at(-2) as AccountOp, after: [] }).bytes)).toThrow(/too many/);
  });
});

describe("vectors", () => {
  it("A2: name the end of each author's chain, and both ends of a forked one", () => {
    const w = new World();
    const a = w.add("G", "A");
    const b = w.freeze("G", "A");
    const fork = w.unfreeze("G", "A", { prev: a, after: [] });
    const c = w.freeze("A", "G");
    const ids = setOf(w)
      .vector()
      .map(({ seq, id }) => `${seq}:${Buffer.from(id).toString("hex")}`);
    expect(ids.sort()).toEqual([b, fork, c].map((op) => `${op.seq}:${op.key}`).sort());
  });

  it("A2: an empty vector gets everything, parents first", () => {
    const w = new World();
    w.add("G", "A");
    w.add("A", "B");
    expect(setOf(w).newerThan([])).toEqual(w.ops.map((op) => op.bytes));
  });

  it("A2: a vector without ids gets what is newer by seq", () => {
    const w = new World();
    w.add("G", "A");
    const b = w.add("G", "B");
    const c = w.freeze("A", "B");
    const set = setOf(w);
    expect(set.newerThan([{ author: w.key("G"), seq: 2 }])).toEqual([b, c].map((op) => op.bytes));
    expect(set.newerThan(set.vector().map(({ author, seq }) => ({ author, seq })))).toEqual([]);
  });

  it("A2: a branch that the other side does not know is sent whole, from the fork on at least", () => {
    const w = new World();
    const a = w.add("G", "A");
    const b = w.freeze("G", "A");
    const other = w.unfreeze("G", "A", { prev: a, after: [] });
    const [left, right] = [setOf(w, [w.genesis, a, b]), setOf(w, [w.genesis, a, other])];
    for (const bytes of left.newerThan(right.vector())) right.add(bytes);
    for (const bytes of right.newerThan(left.vector())) left.add(bytes);
    expect([left.size, right.size]).toEqual([4, 4]);
    expect(left.newerThan([{ author: w.key("G"), seq: 9 }]).length).toBe(2);
  });
});

describe("the head", () => {
  it("A1: is the hash over the sorted ids of the ops that nobody names", () => {
    const w = new World();
    w.add("G", "A");
    expect(setOf(w).state.head).toEqual(crypto.hash(DOMAIN.accountHead, (w.ops[1] as AccountOp).id));
  });

  it("A1: an account without its genesis has no devices", () => {
    const w = new World();
    const set = new OpSet(crypto, w.account);
    expect([set.state.devices.size, set.heads().length, set.vector().length]).toEqual([0, 0, 0]);
  });
});
