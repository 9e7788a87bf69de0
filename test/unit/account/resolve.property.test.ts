import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OpSet } from "../../../src/sync/account/op-set.ts";
import type { AccountOp } from "../../../src/sync/account/op.ts";
import { compareRanks, type Rank } from "../../../src/sync/account/rank.ts";
import { type AccountState, resolve } from "../../../src/sync/account/resolve.ts";
import { MalformedError } from "../../../src/sync/errors.ts";
import { toHex } from "../../../src/sync/encoding/bytes.ts";
import { ALL_KINDS, build, REVOKE_ONLY, type Step, steps } from "./random-world.ts";
import { crypto, type World } from "./world.ts";

const plain = (state: AccountState): unknown => ({
  head: toHex(state.head),
  devices: [...state.devices].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, standing]) => [key, readable(standing)]),
});

const readable = (standing: object): unknown =>
  JSON.parse(JSON.stringify(standing, (_, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value)));

/** Orders by numbers from outside, so that a failing order shrinks. */
const shuffled = <T>(items: readonly T[], keys: readonly number[]): T[] =>
  items
    .map((item, i) => ({ item, key: keys[i % keys.length] as number }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);

const orderKeys = fc.array(fc.nat(10_000), { minLength: 1, maxLength: 60 });

function deliver(w: World, order: readonly number[]): OpSet {
  const set = new OpSet(crypto, w.account);
  for (const op of shuffled(w.ops, order)) set.add(op.bytes);
  return set;
}

describe("resolution", () => {
  it("A6: is a function of the set of ops, not of their order", () => {
    fc.assert(
      fc.property(steps(40), orderKeys, (plan, order) => {
        const w = build(plan, ALL_KINDS);
        expect(plain(resolve(crypto, w.account, shuffled(w.ops, order)))).toEqual(plain(w.state));
      }),
      { numRuns: 300 },
    );
  });

  it("A2, A6: a set comes to the same state whatever the order of delivery, pending ops included", () => {
    fc.assert(
      fc.property(steps(30), orderKeys, orderKeys, (plan, first, second) => {
        const w = build(plan, ALL_KINDS);
        const [a, b] = [deliver(w, first), deliver(w, second)];
        expect([a.pending, a.size]).toEqual([0, w.ops.length]);
        expect(plain(a.state)).toEqual(plain(b.state));
      }),
      { numRuns: 60 },
    );
  });

  it("A6: agrees with a plain reading of the rule where nobody freezes, forks or comes back", () => {
    fc.assert(
      fc.property(steps(40), (plan) => {
        const w = build(plan, REVOKE_ONLY);
        const got = [...w.state.devices].filter(([, { state }]) => state === "admitted").map(([key]) => key);
        expect(got.sort()).toEqual(admittedByRule(w).sort());
      }),
      { numRuns: 300 },
    );
  });

  it("A4: whatever a junior writes, short of a freeze, changes nothing for its seniors", () => {
    fc.assert(
      fc.property(steps(25), steps(6), fc.nat(), (plan, more, pick) => {
        const w = build(plan, { ...ALL_KINDS, freeze: 0, unfreeze: 0 });
        const before = w.state;
        const juniors = ["A", "B", "C", "D"].filter((name) => before.devices.has(toHex(w.key(name))));
        const name = juniors[pick % juniors.length];
        if (name === undefined) return;
        const rank = before.devices.get(toHex(w.key(name)))?.rank as Rank;
        appendBy(w, name, more);
        for (const [key, was] of before.devices) {
          if (compareRanks(was.rank, rank) < 0) expect(w.state.devices.get(key)?.state).toBe(was.state);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("A6: a set that lacks some ops and then gets them ends where the full set stands", () => {
    fc.assert(
      fc.property(steps(30), fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), (plan, here) => {
        const w = build(plan, ALL_KINDS);
        const set = new OpSet(crypto, w.account);
        for (const [i, op] of w.ops.entries()) if (here[i % here.length]) set.add(op.bytes);
        const other = new OpSet(crypto, w.account);
        for (const op of w.ops) other.add(op.bytes);
        for (const bytes of other.newerThan(set.vector())) set.add(bytes);
        expect(plain(set.state)).toEqual(plain(w.state));
      }),
      { numRuns: 60 },
    );
  });

  it("A2: two replicas that exchange what each other's vector lacks agree, forks included", () => {
    fc.assert(
      fc.property(steps(30), fc.array(fc.nat(3), { minLength: 1, maxLength: 40 }), (plan, where) => {
        const w = build(plan, ALL_KINDS);
        const [a, b] = [new OpSet(crypto, w.account), new OpSet(crypto, w.account)];
        for (const [i, op] of w.ops.entries()) {
          const side = where[i % where.length] as number;
          if (side !== 1) a.add(op.bytes);
          if (side !== 2) b.add(op.bytes);
        }
        expect(exchange(a, b, w.ops.length + 2)).toBe(true);
        expect([a.size, b.size]).toEqual([w.ops.length, w.ops.length]);
        expect(plain(a.state)).toEqual(plain(b.state));
      }),
      { numRuns: 100 },
    );
  });
});

/**
 * Later rounds carry the branch that a replica could not know to be lacking, and what had been waiting for parents: where
 * the two hold alternate links of one chain, each round frees one more. True once neither has anything left to send.
 */
function exchange(a: OpSet, b: OpSet, rounds: number): boolean {
  for (let round = 0; round < rounds; round++) {
    const [toB, toA] = [a.newerThan(b.vector()), b.newerThan(a.vector())];
    if (toB.length + toA.length === 0) return true;
    for (const bytes of toB) b.add(bytes);
    for (const bytes of toA) a.add(bytes);
  }
  return false;
}

function appendBy(w: World, name: string, plan: readonly Step[]): void {
  for (const [, type, device, knows] of plan) {
    const other = ["G", "A", "B", "C", "D", "E"].filter((candidate) => candidate !== name)[device % 5] as string;
    const after = [...new Set(knows.map((n) => w.ops[n % w.ops.length] as AccountOp))];
    const add = w.ops.find(({ body }) => body.type === "add" && toHex(body.device) === toHex(w.key(name))) as AccountOp;
    const where = { after: [...new Set([...after, add])] };
    if (type < 60) w.revoke(name, other, where);
    else w.add(name, `new${w.ops.length}`, where);
  }
}

/** A6 word for word, slowly: ranks from the adds, revocations by (rank, seq), then the devices. */
function admittedByRule(w: World): string[] {
  const pasts = new Map(w.ops.map((op) => [op.key, pastOf(w, op)]));
  const isIn = (a: AccountOp, b: AccountOp): boolean => pasts.get(b.key)?.has(a.key) === true;
  const adds = new Map(
    w.ops.flatMap((op) => (op.body.type === "add" || op.body.type === "genesis" ? [[toHex(op.body.device), op] as const] : [])),
  );
  const rankOf = (device: string): Rank => {
    const add = adds.get(device) as AccountOp;
    return add.body.type === "genesis" ? [] : [...rankOf(add.authorKey), add.seq];
  };
  const counted: { op: AccountOp; device: string }[] = [];
  const cut = (op: AccountOp): boolean => counted.some(({ op: by, device }) => device === op.authorKey && by !== op && !isIn(op, by));
  const alive = (op: AccountOp): boolean => {
    const add = adds.get(op.authorKey) as AccountOp;
    return !cut(op) && (add.body.type === "genesis" || alive(add));
  };
  const revokes = w.ops.flatMap((op) => (op.body.type === "revoke" ? op.body.devices.map((key) => ({ op, device: toHex(key) })) : []));
  revokes.sort((a, b) => compareRanks(rankOf(a.op.authorKey), rankOf(b.op.authorKey)) || a.op.seq - b.op.seq);
  for (const revoke of revokes) {
    const add = adds.get(revoke.device);
    const known = add !== undefined && !isIn(revoke.op, add);
    const right = revoke.device === revoke.op.authorKey || (known && compareRanks(rankOf(revoke.op.authorKey), rankOf(revoke.device)) < 0);
    if (known && right && alive(revoke.op)) counted.push(revoke);
  }
  return [...adds]
    .filter(([device, add]) => !counted.some((c) => c.device === device) && (add.body.type === "genesis" || alive(add)))
    .map(([device]) => device);
}

function pastOf(w: World, op: AccountOp, seen = new Set<string>()): Set<string> {
  for (const key of [op.prevKey, ...op.parentKeys]) {
    if (key === null || seen.has(key)) continue;
    seen.add(key);
    pastOf(w, w.ops.find((other) => other.key === key) as AccountOp, seen);
  }
  return seen;
}

describe("hostile sets", () => {
  it("A2: an op changed in any byte is refused, or is another representation of nothing known", () => {
    fc.assert(
      fc.property(steps(8), fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (plan, which, at, flip) => {
        const w = build(plan, ALL_KINDS);
        const set = deliver(w, [0]);
        const bytes = (w.ops[which % w.ops.length] as AccountOp).bytes.slice();
        bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ flip;
        const size = set.size;
        try {
          expect(["known", "pending"]).toContain(set.add(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
        expect(set.size).toBe(size);
      }),
      { numRuns: 200 },
    );
  });
});
