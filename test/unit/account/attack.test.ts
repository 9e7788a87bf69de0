/** One test for each thing that the rules of the account forbid. */
import { describe, expect, it } from "vitest";
import { countersignedPart, encodeOp, encodeSignedPart } from "../../../src/sync/account/op.ts";
import type { AccountOp } from "../../../src/sync/account/op.ts";
import type { OpBody } from "../../../src/sync/account/op-body.ts";
import { OpSet } from "../../../src/sync/account/op-set.ts";
import { DOMAIN, type Domain } from "../../../src/sync/domains.ts";
import { crypto, World } from "./world.ts";

const setOf = (w: World, shared?: number): OpSet => {
  const set = new OpSet(crypto, w.account, shared);
  for (const op of w.ops) set.add(op.bytes);
  return set;
};

/** G began the account and added A and B; A added C. */
function family(recovery: string | null = "words"): World {
  const w = new World("G", recovery);
  w.add("G", "A");
  w.add("G", "B");
  w.add("A", "C");
  return w;
}

/** An op of `author` that `signer` signs, under any domain. */
function forge(w: World, author: string, body: OpBody, signer: string, domain: Domain = DOMAIN.accountOp, account = w.account): Uint8Array {
  const own = w.ops.filter(({ author: key }) => Buffer.compare(key, w.key(author)) === 0).at(-1);
  const parents = w.heads().filter(({ key }) => key !== own?.key);
  const signedPart = encodeSignedPart({
    ...{ account, author: w.key(author), seq: (own?.seq ?? 0) + 1, prev: own?.id ?? null, parents: parents.map(({ id }) => id), body },
  });
  return encodeOp(signedPart, crypto.sign(domain, signedPart, w.keypair(signer).secretKey), null);
}

describe("signatures", () => {
  it("A2: an op that another key signed in the author's name is refused", () => {
    const w = family();
    expect(() => setOf(w).add(forge(w, "G", { type: "revoke", devices: [w.key("A")] }, "thief"))).toThrow("the signature is wrong");
    expect(() => setOf(w).add(forge(w, "G", { type: "revoke", devices: [w.key("A")] }, "A"))).toThrow("the signature is wrong");
  });

  it("A2: a key that an op brings along is worth nothing if the account does not name it", () => {
    const w = family();
    expect(() => setOf(w).add(forge(w, "thief", { type: "revoke", devices: [w.key("A")] }, "thief"))).toThrow("not of this account");
    expect(() =>
      setOf(w).add(forge(w, "thief", { type: "recover", epoch: 1, keep: [w.key("A")], voids: [], recovery: null }, "thief")),
    ).toThrow("not of this account");
  });

  it("A2: what a key signed for another purpose is no op", () => {
    const w = family();
    for (const domain of [DOMAIN.entrySignature, DOMAIN.transportCertificate, DOMAIN.accountAddCountersign])
      expect(() => setOf(w).add(forge(w, "G", { type: "revoke", devices: [w.key("A")] }, "G", domain))).toThrow("the signature is wrong");
  });

  it("A2: an op of one account is refused by another, with the same devices even", () => {
    const [w, other] = [family(), new World("G", null)];
    other.add("G", "A");
    const op = w.revoke("G", "A");
    expect(() => setOf(other).add(op.bytes)).toThrow("belongs to another account");
    expect(() =>
      setOf(other).add(forge(w, "G", { type: "revoke", devices: [w.key("A")] }, "G", DOMAIN.accountOp, other.account)),
    ).not.toThrow();
    expect(setOf(other).state.devices.size).toBe(2);
  });

  it("A2: a device's consent to one sponsor's add serves no other add", () => {
    const w = family();
    const consented = w.add("A", "D");
    w.ops.pop();
    const signedPart = encodeSignedPart({ ...consented, author: w.key("B"), seq: 1, prev: null, parents: [w.ops[2]?.id as Uint8Array] });
    const signature = crypto.sign(DOMAIN.accountOp, signedPart, w.keypair("B").secretKey);
    expect(() => setOf(w).add(encodeOp(signedPart, signature, consented.countersignature))).toThrow("the countersignature is wrong");
    const forged = crypto.sign(
      DOMAIN.accountAddCountersign,
      countersignedPart(w.account, consented.id, w.key("D")),
      w.keypair("A").secretKey,
    );
    expect(() => setOf(w).add(encodeOp(consented.signedPart, consented.signature, forged))).toThrow("the countersignature is wrong");
  });
});

describe("what a thief dates back", () => {
  it("A6: an add that the sponsor's revocation did not know lets nobody in, nor whom that one adds", () => {
    const w = family();
    const known = w.ops.at(-1) as AccountOp;
    w.revoke("G", "A");
    const puppet = w.add("A", "P", { after: [known], prev: known });
    w.add("P", "Q", { after: [puppet] });
    expect(w.summary("A", "C", "P", "Q")).toBe("A:revoked C:admitted P:unknown Q:unknown");
  });

  it("A6: of two devices that revoke each other, the senior stays, whoever dates back", () => {
    const w = family();
    const known = w.ops.at(-1) as AccountOp;
    w.revoke("A", "B");
    w.revoke("B", ["A", "G"], { after: [w.ops[2] as AccountOp] });
    expect(w.summary("G", "A", "B")).toBe("G:admitted A:admitted B:revoked");
    expect(known.seq).toBe(1);
  });

  it("A4: sock-puppets of a junior, however many, put no senior out", () => {
    const w = family();
    const puppets = Array.from({ length: 20 }, (_, n) => `p${n}`);
    for (const puppet of puppets) w.add("B", puppet);
    for (const puppet of puppets) w.revoke(puppet, ["G", "A", "B"]);
    expect(w.summary("G", "A", "B")).toBe("G:admitted A:admitted B:admitted");
    w.revoke("G", ["B", ...puppets]);
    expect(w.summary("B", "p0", "p19")).toBe("B:revoked p0:revoked p19:revoked");
  });

  it("A6: a chain of three hundred sponsors resolves, and falls with a listed revocation of its first", () => {
    const w = family();
    for (let n = 0, sponsor = "C"; n < 60; n++, sponsor = `d${n - 1}`) {
      w.add(sponsor, `d${n}`);
      if (n > 0) w.revoke(sponsor, sponsor);
    }
    expect(w.summary("d0", "d58", "d59")).toBe("d0:revoked d58:revoked d59:admitted");
    expect(w.standing("d59")?.rank.length).toBe(62);
    w.revoke("A", "d59");
    expect(w.summary("G", "d59")).toBe("G:admitted d59:revoked");
  });
});

describe("a stolen senior", () => {
  it("A9: is stopped by any device's freeze, and its revocations put nobody out", () => {
    const w = family(null);
    const known = w.ops.at(-1) as AccountOp;
    const freeze = w.freeze("C", "G");
    w.revoke("G", ["A", "B", "C"], { after: [known] });
    expect(w.summary("G", "B")).toBe("G:frozen B:frozen");
    w.ops.pop();
    w.revoke("G", ["A", "B", "C"], { after: [freeze] });
    w.add("G", "T", { after: [freeze] });
    expect(w.summary("G", "A", "B", "C", "T")).toBe("G:frozen A:admitted B:admitted C:admitted T:unknown");
  });

  it("A5: is out by the words, whatever it said before, at the same time or later", () => {
    const w = family();
    const known = w.ops.slice(-1);
    for (let n = 0; n < 30; n++) w.revoke("G", ["A", "B", "C"]);
    w.add("G", "T");
    const recovery = w.recover("words", 1, ["A", "C"], [], { next: "new words" });
    w.revoke("G", "A", { after: known, prev: w.ops[2] as AccountOp });
    w.freeze("T", "A", { after: known.concat(w.ops.filter(({ body }) => body.type === "add").slice(-1)) });
    w.add("G", "U", { after: [recovery] });
    w.freeze("G", "C", { after: [recovery] });
    expect(w.summary("A", "C", "T", "U")).toBe("A:admitted C:admitted T:revoked U:unknown");
    expect(["revoked", undefined]).toContain(w.standing("G")?.state);
  });

  it("A5: who has the old words recovers nothing after the new ones", () => {
    const w = family();
    w.recover("words", 1, ["A", "B"], [], { next: "new words" });
    const set = setOf(w);
    expect(() => set.add(forge(w, "words", { type: "recover", epoch: 2, keep: [w.key("G")], voids: [], recovery: null }, "words"))).toThrow(
      "not of this account",
    );
  });

  it("A9: the home PC that was stolen is frozen from the phone, and the words bring the rest on", () => {
    const w = family();
    w.freeze("C", "G");
    w.recover("words", 1, ["A", "B", "C"]);
    w.add("C", "new home");
    expect(w.summary("G", "A", "B", "C", "new home")).toBe("G:revoked A:admitted B:admitted C:admitted new home:admitted");
  });
});

describe("filling the caps", () => {
  it("A7: who repeats itself and forks without end takes no room from who is in", () => {
    const w = family();
    const set = setOf(w, 40);
    const root = w.ops[2] as AccountOp;
    let refused = 0;
    for (let n = 0; n < 80; n++) {
      const op = w.op("B", { type: "unknown", code: 99, body: n }, { after: [root], prev: null });
      if (set.add(op.bytes) !== "added") refused++;
    }
    for (let n = 0; n < 30; n++) if (set.add(w.revoke("B", "C", { after: [root] }).bytes) !== "added") refused++;
    expect(set.size).toBeLessThan(50);
    expect(refused).toBeGreaterThan(60);
    const honest = family();
    for (const op of [honest.add("G", "D"), honest.freeze("A", "B"), honest.revoke("G", "B"), honest.recover("words", 1, ["G", "A", "D"])])
      expect(set.add(op.bytes)).toBe("added");
    expect(["G", "A", "D"].map((name) => set.state.devices.get(Buffer.from(w.key(name)).toString("hex"))?.state)).toEqual([
      "admitted",
      "admitted",
      "admitted",
    ]);
  });

  it("A7: helpers of helpers take no room from who is in, and what a word that counts stands on is taken all the same", () => {
    const w = family();
    const set = setOf(w, 30);
    const spam: AccountOp[] = [];
    for (let n = 0; n < 40; n++) spam.push(w.add(n < 20 ? "B" : `s${n - 20}`, `s${n}`));
    for (const op of spam) set.add(op.bytes);
    const left = Array.from({ length: 30 }, (_, n) => w.op(`s${n}`, { type: "unknown", code: 99, body: n }));
    const results = left.map((op) => set.add(op.bytes));
    expect(results.every((result) => result === "added")).toBe(false);
    const refusedOp = left[results.findLastIndex((result) => result !== "added")] as AccountOp;
    const honest = w.revoke("G", "B", { after: [refusedOp] });
    expect(set.add(honest.bytes)).toBe("pending");
    // As peers do, each time that they meet.
    for (let round = 0; round < 4; round++) for (const op of [...spam, ...left]) set.add(op.bytes);
    expect(set.has(honest.id)).toBe(true);
  });

  it("A7: the thirty-two places go to the most senior: a junior crowds out nobody above it", () => {
    const w = family();
    for (let n = 0; n < 60; n++) w.add("B", `p${n}`);
    expect(w.summary("G", "A", "B", "C")).toBe("G:admitted A:admitted B:admitted C:admitted");
    expect([...w.state.devices.values()].filter(({ state }) => state === "admitted").length).toBe(32);
  });
});
