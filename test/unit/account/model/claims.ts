/** What has to hold of every set of ops. Each claim is said without the resolution's own means. */
import type { AccountOp } from "../../../../src/sync/account/op.ts";
import type { resolve } from "../../../../src/sync/account/resolve.ts";
import { toHex } from "../../../../src/sync/encoding/bytes.ts";
import { crypto } from "../world.ts";
import { hexOf, type Name, type Said } from "./universe.ts";

export type Resolve = typeof resolve;

type States = Record<string, string>;

/** Undefined where it holds, else what is wrong. */
export type Claim = (set: readonly Said[], judge: (ops: readonly AccountOp[]) => States) => string | undefined;

export function judgeBy(resolved: Resolve, account: Uint8Array): (ops: readonly AccountOp[]) => States {
  return (ops) => Object.fromEntries([...resolved(crypto, account, ops).devices].map(([key, { state }]) => [key, state]));
}

const opsOf = (set: readonly Said[]): AccountOp[] => set.map(({ op }) => op);

/** As if it had said nothing: the op is there, and means nothing. */
const muted = (set: readonly Said[], mute: (said: Said, at: number) => boolean): AccountOp[] =>
  set.map((said, at) => (mute(said, at) ? { ...said.op, body: { type: "unknown", code: 99, body: null } } : said.op));

const same = (a: States, b: States): boolean => Object.keys({ ...a, ...b }).every((key) => a[key] === b[key]);

const isIn = (state: string | undefined): boolean => state === "admitted" || state === "frozen";

const NAMES: readonly Name[] = ["G", "A", "B", "N"];

/** Above whom a device stands, by the adds alone; N may have several sponsors, and counts as junior to what any of them is junior to. */
function juniorsOf(set: readonly Said[], name: Name): Set<Name> {
  const place = (device: Name, depth = 0): number[][] => {
    if (device === "G" || depth > 4) return [[]];
    return set.flatMap(({ op, author }) => {
      if (op.body.type !== "add" || toHex(op.body.device) !== hexOf(device)) return [];
      return place(author, depth + 1).map((rank) => [...rank, op.seq]);
    });
  };
  const [own] = place(name);
  const isBelow = (rank: readonly number[]): boolean => own !== undefined && compare(own, rank) < 0;
  return new Set(NAMES.filter((other) => other !== name && place(other).length > 0 && place(other).every(isBelow)));
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((n, i) => n !== b[i]);
  if (at < 0) return a.length - b.length;
  return at >= b.length ? 1 : (a[at] as number) - (b[at] as number);
}

function recoveryOf(set: readonly Said[]): number | undefined {
  const all = set.flatMap(({ op }, at) => (op.body.type === "recover" || op.body.type === "set-recovery" ? [at] : []));
  const key = (at: number): [number, number, string] => {
    const { body, key: id } = (set[at] as Said).op;
    return [-(body as { epoch: number }).epoch, body.type === "recover" ? 0 : 1, id];
  };
  const [best] = all.sort((a, b) => (key(a) < key(b) || key(a)[0] < key(b)[0] ? -1 : 1));
  const newest = best === undefined ? undefined : set[best];
  if (newest === undefined || newest.op.body.type === "recover") return best;
  const before = all.filter((at) => newest.past.has(at) && set[at]?.op.body.type === "recover");
  return before[0];
}

/** A held revocation of a forked device makes one of its branches wait, so that the other stands alone. */
function isByForked(set: readonly Said[], device: Name): boolean {
  return set.some(({ op, author }) => op.body.type === "add" && toHex(op.body.device) === hexOf(device) && hasForked(set, author));
}

/** A9: a held revocation suspends whom it names, and what that one said waits with it: also whom it let in. */
function waitsWithSponsor(set: readonly Said[], states: States, device: Name): boolean {
  const adds = set.filter(({ op }) => op.body.type === "add" && toHex(op.body.device) === hexOf(device));
  return adds.length > 0 && adds.every(({ author }) => states[hexOf(author)] === "frozen");
}

export const CLAIMS: Readonly<Record<string, Claim>> = {
  "A6: the order of the ops plays no part": (set, judge) => {
    const ops = opsOf(set);
    const expected = judge(ops);
    const orders = [[...ops].reverse(), [...ops.slice(2), ...ops.slice(0, 2)], [...ops.slice(4), ...ops.slice(0, 4).reverse()]];
    return orders.every((order) => same(judge(order), expected)) ? undefined : "another order, another result";
  },

  "A4: no junior's revocation or add puts a senior out": (set, judge) => {
    const states = judge(opsOf(set));
    for (const name of ["G", "A", "B"] as const) {
      if (isIn(states[hexOf(name)])) continue;
      const juniors = juniorsOf(set, name);
      const byRight = set.some(({ op, author }) => aboutOf(op).includes(hexOf(name)) && op.body.type === "revoke" && !juniors.has(author));
      if (byRight) continue;
      if (!set.some(({ author }) => juniors.has(author))) continue;
      const without = judge(muted(set, ({ author, op }) => juniors.has(author) && op.body.type === "revoke"));
      if (isIn(without[hexOf(name)])) return `${name} is out by what its juniors said`;
    }
    return undefined;
  },

  "A5: who was not kept is out, and who was kept is in": (set, judge) => {
    const at = recoveryOf(set);
    const recovery = at === undefined ? undefined : (set[at] as Said).op.body;
    if (at === undefined || recovery?.type !== "recover") return undefined;
    const states = judge(opsOf(set));
    const keep = recovery.keep.map(toHex);
    const later = set.filter(({ past }) => past.has(at));
    for (const name of NAMES) {
      const hex = hexOf(name);
      const addedLater = later.some(({ op }) => op.body.type === "add" && toHex(op.body.device) === hex);
      if (!keep.includes(hex) && isIn(states[hex]) && !addedLater) return `${name} outlived the recovery`;
      const touched = later.some(({ op, author }) => author === name || aboutOf(op).includes(hex));
      if (keep.includes(hex) && states[hex] !== "admitted" && !touched) return `${name} was kept and is not in`;
    }
    return undefined;
  },

  "A5: what is concurrent to a recovery, or comes later from who was not kept, changes nothing": (set, judge) => {
    const at = recoveryOf(set);
    const recovery = at === undefined ? undefined : (set[at] as Said);
    if (at === undefined || recovery?.op.body.type !== "recover") return undefined;
    const keep = recovery.op.body.keep.map(toHex);
    const isFreed = ({ author, op }: Said): boolean => author.startsWith("words") || op.body.type === "genesis";
    const added = set.flatMap(({ op, past }) => (op.body.type === "add" && past.has(at) ? [toHex(op.body.device)] : []));
    const mute = (said: Said, i: number): boolean => {
      if (isFreed(said) || i === at || recovery.past.has(i)) return false;
      return !said.past.has(at) || ![...keep, ...added].includes(hexOf(said.author));
    };
    if (!set.some(mute)) return undefined;
    const [whole, rest] = [judge(opsOf(set)), judge(muted(set, mute))];
    const differs = NAMES.find(
      (name) =>
        isIn(whole[hexOf(name)]) !== isIn(rest[hexOf(name)]) || (isIn(whole[hexOf(name)]) && whole[hexOf(name)] !== rest[hexOf(name)]),
    );
    return differs === undefined ? undefined : `${differs} differs by what a thief said`;
  },

  "A6, A9: who is out says nothing that lets anybody in": (set, judge) => {
    const last = set.at(-1) as Said;
    if (last.author.startsWith("words")) return undefined;
    const before = judge(opsOf(set.slice(0, -1)));
    if (before[hexOf(last.author)] !== "revoked" || NAMES.some((name) => hasForked(set, name))) return undefined;
    const after = judge(opsOf(set));
    const came = NAMES.find((name) => after[hexOf(name)] === "admitted" && before[hexOf(name)] !== "admitted");
    return came === undefined ? undefined : `${came} came in by a word of ${last.author}, which is out`;
  },

  "A9: what a frozen device says without the freezer's knowledge puts nobody out and lets nobody in": (set, judge) => {
    const states = judge(opsOf(set));
    for (const name of ["G", "A", "B"] as const) {
      if (states[hexOf(name)] !== "frozen" || hasForked(set, name)) continue;
      const freezes = set.flatMap(({ op }, i) => (op.body.type === "freeze" && toHex(op.body.device) === hexOf(name) ? [i] : []));
      if (freezes.length === 0) continue;
      const waits = (said: Said, i: number): boolean =>
        said.author === name &&
        !["freeze", "genesis", "unfreeze"].includes(said.op.body.type) &&
        freezes.every((freeze) => !set[freeze]?.past.has(i));
      if (!set.some(waits)) continue;
      const rest = judge(muted(set, waits));
      if (rest[hexOf(name)] !== "frozen") continue;
      const differs = NAMES.find(
        (other) =>
          (!isIn(states[hexOf(other)]) && isIn(rest[hexOf(other)]) && !waitsWithSponsor(set, states, other)) ||
          (other === "N" && states[hexOf(other)] === "admitted" && rest[hexOf(other)] !== "admitted" && !isByForked(set, other)),
      );
      if (differs !== undefined) return `${differs} differs by what frozen ${name} said`;
    }
    return undefined;
  },

  "A6: who signs two things with one number grants nothing from there on": (set, judge) => {
    const said = set.filter(({ op }) => op.seq > 1 || op.body.type !== "genesis").slice(2);
    const [first] = said;
    if (first === undefined || said.some(({ author }) => author !== first.author)) return undefined;
    const fork = said.map(({ op }) => op.seq).find((seq, i, all) => all.indexOf(seq) !== i);
    const adds = said.filter(({ op }) => op.body.type === "add");
    if (fork === undefined || adds.length === 0 || adds.some(({ op }) => op.seq < fork)) return undefined;
    return isIn(judge(opsOf(set))[hexOf("N")]) ? "N is in by an add behind a fork" : undefined;
  },

  "A4, W1: a browser puts out nobody but itself, and lets nobody in": (set, judge) => {
    if (!set.some(({ op }) => op.body.type === "add" && op.body.class === "browser")) return undefined;
    const mute = ({ author, op }: Said): boolean =>
      author === "B" && (op.body.type === "add" || (op.body.type === "revoke" && !op.body.devices.map(toHex).includes(hexOf("B"))));
    if (!set.some(mute)) return undefined;
    return same(withoutN(judge(opsOf(set))), withoutN(judge(muted(set, mute)))) ? undefined : "the browser did more than it may";
  },
};

/** What the browser adds is nobody, whatever it says. */
const withoutN = (states: States): States =>
  Object.fromEntries(Object.entries(states).filter(([key, state]) => key !== hexOf("N") || isIn(state)));

/** A key that signs two things with one number is in two hands: which of them is meant, nobody can tell. */
function hasForked(set: readonly Said[], name: Name): boolean {
  const seqs = set.filter(({ author }) => author === name).map(({ op }) => op.seq);
  return new Set(seqs).size < seqs.length;
}

function aboutOf(op: AccountOp): string[] {
  const { body } = op;
  if (body.type === "revoke") return body.devices.map(toHex);
  return body.type === "freeze" ? [toHex(body.device)] : [];
}
