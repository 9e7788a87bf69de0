import { describe, expect, it } from "vitest";
import { compareRanks } from "../../../src/sync/account/rank.ts";
import { recoveryHash } from "../../../src/sync/account/recovery-key.ts";
import { type World as Base, crypto, World } from "./world.ts";

/** G began the account and added A, then B; A added C. */
function family(recovery: string | null = "words"): {
  w: Base;
  a: ReturnType<Base["add"]>;
  b: ReturnType<Base["add"]>;
  c: ReturnType<Base["add"]>;
} {
  const w = new World("G", recovery);
  const a = w.add("G", "A");
  const b = w.add("G", "B");
  const c = w.add("A", "C");
  return { w, a, b, c };
}

describe("ranks", () => {
  it("A3: the first device has rank [], the others their sponsor's and the seq of the add", () => {
    const { w } = family();
    expect(["G", "A", "B", "C"].map((name) => w.standing(name)?.rank)).toEqual([[], [2], [3], [2, 1]]);
  });

  it("A3: ranks compare lexicographically and a prefix is senior", () => {
    const ranks = [[3], [2, 1], [], [2], [10], [2, 1, 7]];
    expect([...ranks].sort(compareRanks)).toEqual([[], [2], [2, 1], [2, 1, 7], [3], [10]]);
  });

  it("A3: a re-add keeps the first rank", () => {
    const { w } = family();
    w.revoke("G", "C");
    w.add("G", "C");
    expect(w.standing("C")).toMatchObject({ state: "admitted", rank: [2, 1] });
  });

  it("A3: a re-add that does not come after the revocation does nothing", () => {
    const { w, c } = family();
    const revoke = w.revoke("G", "C");
    const readd = w.add("B", "C", { after: [c] });
    expect(readd.parentKeys).not.toContain(revoke.key);
    expect(w.standing("C")?.state).toBe("revoked");
  });

  it("A3: a junior that adds a revoked senior again does not give it its old rank", () => {
    const { w } = family();
    w.revoke("G", "A");
    w.add("B", "A");
    expect(w.standing("A")).toMatchObject({ state: "admitted", rank: [3, 1] });
    w.revoke("A", "B");
    expect(w.summary("A", "B")).toBe("A:admitted B:admitted");
  });

  it("A3: of two first adds that did not know of each other, the more senior gives the rank", () => {
    const { w, b, c } = family();
    w.add("B", "D", { after: [b] });
    w.add("A", "D", { after: [c] });
    expect(w.standing("D")?.rank).toEqual([2, 2]);
  });

  it("A3: a revoked senior cannot raise an accomplice afterwards", () => {
    const { w, a } = family();
    const d = w.add("B", "D");
    const raised = w.add("A", "D", { after: [a], prev: null });
    w.revoke("G", "A", { after: [d] });
    expect(raised.seq).toBe(1);
    expect(w.standing("D")?.rank).toEqual([3, 1]);
  });
});

describe("revocations", () => {
  it("A4: a senior revokes a junior", () => {
    const { w } = family();
    w.revoke("A", "B");
    expect(w.summary("G", "A", "B", "C")).toBe("G:admitted A:admitted B:revoked C:admitted");
  });

  it("A4: a junior cannot revoke a senior", () => {
    const { w } = family();
    w.revoke("B", ["A", "G"]);
    w.revoke("C", "A");
    expect(w.summary("G", "A", "B", "C")).toBe("G:admitted A:admitted B:admitted C:admitted");
  });

  it("A4: a device revokes itself, and nothing that it says afterwards counts", () => {
    const { w } = family();
    w.revoke("A", "A");
    w.add("A", "D");
    w.revoke("A", "B");
    expect(w.summary("A", "B", "C", "D")).toBe("A:revoked B:admitted C:admitted D:unknown");
    expect(w.standing("A")?.reason).toBe("it revoked itself");
  });

  it("A6: of two that revoke each other without knowing, the senior stays", () => {
    const { w, b, c } = family();
    w.revoke("B", "A", { after: [b, c] });
    w.revoke("A", "B", { after: [b, c] });
    expect(w.summary("A", "B")).toBe("A:admitted B:revoked");
  });

  it("A6: a revocation that its author's revocation did not know is skipped", () => {
    const { w, b, c } = family();
    w.revoke("G", "A", { after: [b, c] });
    w.revoke("A", "B", { after: [b, c] });
    expect(w.summary("A", "B")).toBe("A:revoked B:admitted");
  });

  it("A6: a revocation that its author's revocation knew still counts", () => {
    const { w } = family();
    w.revoke("A", "B");
    w.revoke("G", "A");
    expect(w.summary("A", "B")).toBe("A:revoked B:revoked");
  });

  it("A6: devices added before their sponsor's revocation stay unless the revoker lists them", () => {
    const { w } = family();
    w.add("A", "D");
    w.revoke("G", ["A", "D"]);
    expect(w.summary("A", "C", "D")).toBe("A:revoked C:admitted D:revoked");
  });

  it("A6: devices added without the knowledge of the sponsor's revocation are out", () => {
    const { w, b, c } = family();
    const late = w.add("A", "D", { after: [c] });
    w.add("D", "E", { after: [late] });
    w.revoke("G", "A", { after: [b, c] });
    expect(w.summary("A", "D", "E")).toBe("A:revoked D:unknown E:unknown");
  });

  it("A6: a device that was revoked and added again acts again, its old ops stay cut", () => {
    const { w, b, c } = family();
    w.add("A", "D", { after: [c] });
    w.revoke("G", "A", { after: [b, c] });
    w.add("G", "A");
    w.add("A", "E");
    expect(w.summary("A", "D", "E")).toBe("A:admitted D:unknown E:admitted");
  });

  it("A4, W1: a browser revokes itself and nothing else, and adds nothing", () => {
    const { w } = family();
    w.add("G", "W", { class: "browser" });
    w.add("W", "X");
    w.add("G", "Y");
    w.revoke("W", "Y");
    expect(w.summary("W", "X", "Y")).toBe("W:admitted X:unknown Y:admitted");
    w.revoke("W", ["W", "Y"]);
    expect(w.summary("W", "Y")).toBe("W:revoked Y:admitted");
  });

  it("A7: at most 32 devices live, the most senior ones, and a revocation makes room", () => {
    const w = new World("G");
    for (let i = 0; i < 31; i++) w.add("G", `d${i}`);
    w.add("d0", "late");
    expect(w.standing("d30")).toMatchObject({ state: "revoked", reason: "the account already has 32 devices" });
    w.revoke("d0", "late");
    expect(w.standing("d30")?.state).toBe("admitted");
  });

  it("A6: unknown types of ops have no effect, and the ops after them do", () => {
    const { w } = family();
    w.op("A", { type: "unknown", code: 77, body: ["from a later version"] });
    w.add("A", "D");
    expect(w.summary("A", "D")).toBe("A:admitted D:admitted");
  });

  it("A6: ops whose parents are missing are left out", () => {
    const { w, b } = family();
    w.revoke("G", "A");
    w.ops.splice(w.ops.indexOf(b), 1);
    expect(w.summary("A", "B")).toBe("A:admitted B:unknown");
  });
});

describe("freezes", () => {
  it("A9: any device freezes any other, juniors and browsers included, and the state names who did", () => {
    const { w } = family();
    w.add("G", "W", { class: "browser" });
    w.freeze("W", "G");
    expect(w.standing("G")).toMatchObject({ state: "frozen", frozenBy: w.key("W") });
  });

  it("A9: what a frozen device says waits, and whom it revoked without knowing of the freeze waits too", () => {
    const { w, b, c } = family();
    w.freeze("C", "G", { after: [b, c] });
    w.revoke("G", "C", { after: [b, c] });
    w.add("G", "D", { after: [b, c] });
    expect(w.summary("G", "A", "C", "D")).toBe("G:frozen A:admitted C:frozen D:unknown");
    expect(w.standing("C")?.why).toMatchObject({ code: "disputed", by: w.key("G") });
  });

  it("A9: what a frozen device says although it knows of the freeze suspends nobody", () => {
    const { w } = family();
    w.freeze("C", "G");
    w.revoke("G", ["A", "B", "C"]);
    expect(w.summary("G", "A", "B", "C")).toBe("G:frozen A:admitted B:admitted C:admitted");
  });

  it("A6, A9: a revoked device is not let in again by a freeze that it dates back, nor is its helper", () => {
    const { w, b, c } = family();
    w.revoke("G", "C", { after: [b, c] });
    const helper = w.add("C", "D", { after: [c] });
    w.freeze("C", "G", { after: [b, c] });
    w.freeze("D", "G", { after: [helper, b] });
    expect(w.summary("G", "A", "B", "C", "D")).toBe("G:frozen A:admitted B:admitted C:frozen D:unknown");
    w.recover("words", 1, ["G", "A", "B"]);
    expect(w.summary("G", "A", "B", "C", "D")).toBe("G:admitted A:admitted B:admitted C:revoked D:unknown");
  });

  it("A9: a stolen senior cannot get round a freeze by adding a helper that revokes the freezer", () => {
    const { w, b, c } = family();
    w.freeze("C", "G", { after: [b, c] });
    const helper = w.add("G", "D", { after: [b] });
    w.revoke("D", ["A", "B", "C"], { after: [helper, c] });
    w.freeze("D", "C", { after: [helper, c] });
    expect(w.summary("G", "A", "B", "C", "D")).toBe("G:frozen A:admitted B:admitted C:admitted D:unknown");
  });

  it("A9: the freezer's own unfreeze lifts it, and what waited counts", () => {
    const { w, b, c } = family();
    const freeze = w.freeze("C", "G", { after: [b, c] });
    w.revoke("G", "B", { after: [b, c] });
    w.unfreeze("C", "G", { after: [freeze] });
    expect(w.summary("G", "B", "C")).toBe("G:admitted B:revoked C:admitted");
  });

  it("A9: an unfreeze lifts what came before it, not a later freeze", () => {
    const { w } = family();
    w.freeze("C", "G");
    w.unfreeze("C", "G");
    w.freeze("C", "G");
    expect(w.standing("G")?.state).toBe("frozen");
  });

  it("A9: nobody else's unfreeze lifts it", () => {
    const { w } = family();
    w.freeze("C", "B");
    w.unfreeze("A", "B");
    w.unfreeze("G", "B");
    expect(w.standing("B")?.state).toBe("frozen");
  });

  it("A9: who revoked its freezer without knowing of the freeze is revoked by no one: the freeze holds, and lifting it lets the revocation count", () => {
    const { w, b, c } = family();
    const freeze = w.freeze("C", "G", { after: [b, c] });
    w.revoke("G", "C", { after: [b, c] });
    w.unfreeze("C", "G", { after: [freeze] });
    expect(w.summary("G", "C")).toBe("G:admitted C:revoked");
  });

  it("A9: two that freeze each other without knowing are both frozen", () => {
    const { w, b, c } = family();
    w.freeze("A", "B", { after: [b, c] });
    w.freeze("B", "A", { after: [b, c] });
    expect(w.summary("A", "B")).toBe("A:frozen B:frozen");
  });

  it("A9: a device that knows that it is frozen freezes nobody until it is free again", () => {
    const { w } = family();
    w.freeze("A", "B");
    w.freeze("B", "A");
    expect(w.summary("A", "B")).toBe("A:admitted B:frozen");
    w.unfreeze("A", "B");
    expect(w.summary("A", "B")).toBe("A:frozen B:admitted");
  });

  it("A9: a revoked device's freeze does nothing where the revocation did not know it", () => {
    const { w, b, c } = family();
    w.revoke("A", "B", { after: [b, c] });
    w.freeze("B", "C", { after: [b, c] });
    expect(w.summary("B", "C")).toBe("B:revoked C:admitted");
  });

  it("A9: a freeze outlives the freezer's revocation where that one knew it, and adding the device again ends it", () => {
    const { w } = family();
    w.freeze("B", "C");
    w.revoke("G", "B");
    expect(w.summary("B", "C")).toBe("B:revoked C:frozen");
    w.revoke("G", "C");
    w.add("G", "C");
    expect(w.summary("B", "C")).toBe("B:revoked C:admitted");
  });

  it("A9: a frozen device can be revoked", () => {
    const { w } = family();
    w.freeze("A", "B");
    w.revoke("G", "B");
    expect(w.standing("B")?.state).toBe("revoked");
  });
});

describe("forks", () => {
  it("A6: an author that signed two ops with one number is frozen, and adds from there on do nothing", () => {
    const { w, c } = family();
    w.add("A", "D");
    w.add("A", "E", { prev: c, after: [] });
    w.add("A", "F", { prev: c, after: [] });
    expect(w.summary("A", "C", "D", "E", "F")).toBe("A:frozen C:admitted D:unknown E:unknown F:unknown");
    expect(w.standing("A")?.frozenBy).toBeUndefined();
  });

  it("A6: forking does not undo a revocation", () => {
    const { w, c } = family();
    w.revoke("A", "B", { prev: c, after: [] });
    w.add("A", "D", { prev: c, after: [] });
    expect(w.summary("A", "B", "D")).toBe("A:frozen B:revoked D:unknown");
  });

  it("A6: a revoked device cannot throw its own sponsored devices out by forking", () => {
    const { w, a } = family();
    w.revoke("G", "A");
    w.add("A", "X", { prev: null, after: [a] });
    expect(w.summary("A", "C", "X")).toBe("A:revoked C:admitted X:unknown");
  });

  it("A6: a forked device can be revoked and added again", () => {
    const { w, c } = family();
    w.add("A", "D", { prev: c, after: [] });
    w.add("A", "E", { prev: c, after: [] });
    w.revoke("G", "A");
    w.add("G", "A");
    w.add("A", "F");
    expect(w.summary("A", "F")).toBe("A:admitted F:admitted");
  });
});

describe("recovery", () => {
  it("A5: devices not kept are revoked, and only kept ones add devices afterwards", () => {
    const { w } = family();
    w.recover("words", 1, ["A", "C"]);
    w.add("A", "D");
    w.add("B", "E");
    expect(w.summary("G", "A", "B", "C", "D", "E")).toBe("G:revoked A:admitted B:revoked C:admitted D:admitted E:unknown");
  });

  it("A5: everything concurrent is void, and so is what the recovery names", () => {
    const { w, b, c } = family();
    const theft = w.revoke("G", "A", { after: [b, c] });
    w.recover("words", 1, ["A", "B", "C"], [theft]);
    w.revoke("A", "B", { after: [b, c] });
    expect(w.summary("G", "A", "B", "C")).toBe("G:revoked A:admitted B:admitted C:admitted");
  });

  it("A5, A9: a recovery lifts the freezes of what it keeps", () => {
    const { w } = family();
    w.freeze("B", "A");
    w.recover("words", 1, ["G", "A"]);
    expect(w.summary("A", "B")).toBe("A:admitted B:revoked");
  });

  it("A5: what it keeps is in, whatever was said against it before", () => {
    const { w, a, b, c } = family();
    const theft = w.revoke("G", ["A", "C"], { after: [a], prev: a });
    w.revoke("C", "C", { after: [c] });
    w.add("B", "D", { after: [b] });
    w.recover("words", 1, ["A", "C"]);
    expect(theft.parentKeys).not.toContain(c.key);
    expect(w.summary("G", "A", "B", "C", "D")).toBe("G:revoked A:admitted B:unknown C:admitted D:unknown");
    expect(w.standing("C")).toMatchObject({ rank: [2, 1], why: { code: "kept" } });
  });

  it("A5: it keeps a device whose sponsor is out since before, with its rank", () => {
    const { w, a } = family();
    w.revoke("G", "A", { after: [a], prev: a });
    expect(w.summary("C")).toBe("C:unknown");
    w.recover("words", 1, ["C"]);
    w.add("C", "D");
    expect(w.summary("G", "A", "C", "D")).toBe("G:revoked A:revoked C:admitted D:admitted");
  });

  it("A5, A6: it forgives the forks of what it keeps, and a later fork freezes again", () => {
    const { w, c } = family();
    w.add("A", "D");
    w.add("A", "E", { prev: c });
    expect(w.summary("A")).toBe("A:frozen");
    const recovery = w.recover("words", 1, ["A"]);
    const next = w.add("A", "F");
    expect(w.summary("A", "D", "E", "F")).toBe("A:admitted D:revoked E:revoked F:admitted");
    w.add("A", "H", { prev: w.ops.find(({ key }) => key === next.prevKey) ?? null, after: [recovery] });
    expect(w.standing("A")).toMatchObject({ state: "frozen", why: { code: "forked" } });
  });

  it("A5: a changed key is the one that recovers, and the one before does not any more", () => {
    const { w } = family();
    w.setRecovery("words", 1, "words2");
    const late = w.recover("words", 2, ["C"]);
    expect(w.state.recovery).toMatchObject({ epoch: 1, hash: recoveryHash(crypto, w.key("words2")) });
    expect(w.summary("G", "A", "C")).toBe("G:admitted A:admitted C:admitted");
    w.ops.splice(w.ops.indexOf(late), 1);
    w.recover("words2", 2, ["A"]);
    expect(w.summary("G", "A", "C")).toBe("G:revoked A:admitted C:revoked");
  });

  it("A5: a change of the key voids nothing that is concurrent, and gives way to a recovery of its epoch", () => {
    const { w, b, c } = family();
    w.setRecovery("words", 1, "words2", { after: [b, c] });
    w.add("A", "D", { after: [b, c] });
    expect(w.summary("D")).toBe("D:admitted");
    w.recover("words", 1, ["A"], [], { after: [b, c], prev: null });
    expect(w.summary("G", "A")).toBe("G:revoked A:admitted");
    expect(w.state.recovery.contested).toBe(true);
  });

  it("A1: the most senior device sets a key where there is none", () => {
    const { w } = family(null);
    expect(w.state.recovery).toMatchObject({ hash: null, epoch: 0 });
    w.setRecovery("G", 1, "words");
    expect(w.state.recovery).toMatchObject({ hash: recoveryHash(crypto, w.key("words")), epoch: 1, contested: false });
    w.recover("words", 2, ["C"]);
    expect(w.summary("G", "A", "C")).toBe("G:revoked A:revoked C:admitted");
  });

  it("A1: a key that a device set while it was frozen does not count, nor does what that key signs", () => {
    const { w, b, c } = family(null);
    w.freeze("C", "G", { after: [b, c] });
    const theft = w.setRecovery("G", 1, "thief", { after: [b, c] });
    w.recover("thief", 2, ["G"], [], { after: [theft] });
    w.op("thief", { type: "add", device: w.key("T"), class: "full" }, { after: [theft] });
    expect(w.summary("G", "A", "B", "C", "T")).toBe("G:frozen A:admitted B:admitted C:admitted T:unknown");
    expect(w.state.recovery.hash).toBeNull();
  });

  it("A1: two keys that were set without one knowing of the other do not count", () => {
    const { w, b, c } = family(null);
    w.setRecovery("G", 1, "words", { after: [b, c] });
    w.setRecovery("G", 1, "thief", { after: [b, c], prev: b });
    expect(w.state.recovery.hash).toBeNull();
  });

  it("A5: the highest epoch wins", () => {
    const { w, b, c } = family();
    const first = w.recover("words", 1, ["G"], [], { after: [b, c], next: "words2" });
    w.recover("words", 1, ["B"], [], { after: [b, c], prev: null, next: "words3" });
    expect(["G:admitted B:revoked", "G:revoked B:admitted"]).toContain(w.summary("G", "B"));
    w.recover("words2", 2, ["G"], [], { after: [first] });
    expect(w.summary("G", "A", "B")).toBe("G:admitted A:revoked B:revoked");
  });

  it("A4: of two devices of one rank neither revokes the other", () => {
    const { w, b, c } = family();
    const [m, n] = [w.add("words", "M", { after: [b, c] }), w.add("words", "N", { after: [b, c], prev: null })];
    w.revoke("M", "N", { after: [m, n] });
    w.revoke("N", "M", { after: [m, n] });
    expect([w.standing("M")?.rank, w.standing("N")?.rank]).toEqual([
      [0, 0, 1],
      [0, 0, 1],
    ]);
    expect(w.summary("M", "N")).toBe("M:admitted N:admitted");
  });

  it("B5: the recovery key adds a new device, which then is the one that stays", () => {
    const { w } = family();
    w.add("words", "N");
    w.recover("words", 1, ["N"]);
    w.add("N", "M");
    expect(w.summary("G", "A", "N", "M")).toBe("G:revoked A:revoked N:admitted M:admitted");
    expect(w.standing("N")).toMatchObject({ rank: [0, 0, 1], sponsor: w.key("words") });
  });
});
