/** All that up to so many ops can be, for the small-scope check of A6 with A4, A5 and A9. */
import { DOMAIN } from "../../../../src/sync/domains.ts";
import type { AccountOp } from "../../../../src/sync/account/op.ts";
import type { OpBody } from "../../../../src/sync/account/op-body.ts";
import { toHex, utf8 } from "../../../../src/sync/encoding/bytes.ts";
import { crypto } from "../world.ts";

export type Name = "G" | "A" | "B" | "N" | "words" | "words2";

/** A moment: what was said, by whom, knowing what. Numbers are places in the list. */
export interface Said {
  op: AccountOp;
  author: Name;
  /** Everything that its author knew. */
  past: ReadonlySet<number>;
}

/** Who began with whom: the ops that everybody knows. */
export interface Base {
  name: string;
  said: readonly Said[];
}

const keys = new Map<Name, Uint8Array>();

/** 32 bytes that stand for a key: the model signs nothing. */
function keyOf(name: Name): Uint8Array {
  const known = keys.get(name) ?? crypto.hash(DOMAIN.deviceFingerprint, utf8(name));
  keys.set(name, known);
  return known;
}

export const hexOf = (name: Name): string => toHex(keyOf(name));

const hashOf = (name: Name): Uint8Array => crypto.hash(DOMAIN.recoveryHash, keyOf(name));

const ids = new Map<string, Uint8Array>();

/** The same content always gives the same id, as it does in earnest. */
function idOf(text: string): Uint8Array {
  const known = ids.get(text) ?? crypto.hash(DOMAIN.accountOp, utf8(text));
  if (ids.size < 100_000) ids.set(text, known);
  return known;
}

const NONE = new Uint8Array(64);

/** What `author` says after `prev`, knowing `past`; `account` is that of the base. */
function say(said: readonly Said[], author: Name, what: What, past: ReadonlySet<number>): Said | undefined {
  const own = [...past].filter((i) => said[i]?.author === author);
  const prev = said[Math.max(-1, ...own)];
  const parents = headsOf(said, past).flatMap((i) => (said[i] === prev ? [] : [(said[i] as Said).op]));
  const genesis = said[0]?.op;
  const body = bodyOf(what, said, past);
  const text = `${author} ${what.text} ${prev?.op.key} ${parents.map(({ key }) => key).sort()}`;
  const id = idOf(text);
  const key = toHex(id);
  if (said.some(({ op }) => op.key === key)) return undefined;
  const op: AccountOp = {
    ...{ account: genesis?.id ?? null, author: keyOf(author), seq: (prev?.op.seq ?? 0) + 1, prev: prev?.op.id ?? null, body },
    ...{ parents: parents.map((parent) => parent.id), id, key, authorKey: hexOf(author), prevKey: prev?.op.key ?? null },
    ...{ parentKeys: parents.map((parent) => parent.key), signedPart: NONE, signature: NONE, countersignature: null, bytes: NONE },
  };
  return { op, author, past };
}

function headsOf(said: readonly Said[], past: ReadonlySet<number>): number[] {
  return [...past].filter((i) => ![...past].some((other) => said[other]?.past.has(i)));
}

/** Whom it is about, where it has one. */
export interface What {
  type: "revoke" | "freeze" | "unfreeze" | "add" | "recover" | "set-recovery";
  about: Name | undefined;
  text: string;
  keep: readonly Name[];
  class: "full" | "browser";
}

const what = (type: What["type"], about?: Name, keep: readonly Name[] = [], deviceClass: What["class"] = "full"): What => ({
  ...{ type, about, keep, class: deviceClass },
  text: `${type} ${about ?? ""} ${keep.join("+")} ${deviceClass}`,
});

function bodyOf({ type, about, keep, class: deviceClass }: What, said: readonly Said[], past: ReadonlySet<number>): OpBody {
  const device = keyOf(about ?? "G");
  const epochs = [...past].map((i) => (said[i] as Said).op.body).map((body) => ("epoch" in body ? body.epoch : 0));
  const epoch = 1 + Math.max(0, ...epochs);
  switch (type) {
    case "revoke":
      return { type, devices: [device] };
    case "freeze":
    case "unfreeze":
      return { type, device };
    case "add":
      return { type, device, class: deviceClass };
    case "recover":
      return { type, epoch, keep: keep.map(keyOf), voids: [], recovery: hashOf("words2") };
    case "set-recovery":
      return { type, epoch, recovery: hashOf("words2") };
  }
}

function begin(name: string, adds: readonly [sponsor: Name, device: Name, deviceClass: "full" | "browser"][]): Base {
  const id = idOf("genesis");
  const body: OpBody = { type: "genesis", device: keyOf("G"), class: "full", recovery: hashOf("words"), nonce: new Uint8Array(16) };
  const first = { account: null, author: keyOf("G"), seq: 1, prev: null, parents: [], body, id, key: toHex(id), authorKey: hexOf("G") };
  const rest = { prevKey: null, parentKeys: [], signedPart: NONE, signature: NONE, countersignature: null, bytes: NONE };
  const said: Said[] = [{ op: { ...first, ...rest }, author: "G", past: new Set() }];
  for (const [sponsor, device, deviceClass] of adds) {
    said.push(say(said, sponsor, what("add", device, [], deviceClass), new Set(said.keys())) as Said);
  }
  return { name, said };
}

export const BASES: readonly Base[] = [
  begin("G added A and B", [
    ["G", "A", "full"],
    ["G", "B", "full"],
  ]),
  begin("G added A, which added B", [
    ["G", "A", "full"],
    ["A", "B", "full"],
  ]),
  begin("G added A and the browser B", [
    ["G", "A", "full"],
    ["G", "B", "browser"],
  ]),
];

const DEVICES: readonly Name[] = ["G", "A", "B"];

/** Everything that somebody may want to say. N is a device that a thief or an owner adds. */
const SAYINGS: readonly [Name, What][] = [
  ...([...DEVICES, "N"] as const).flatMap((author) => [
    ...DEVICES.map((about): [Name, What] => [author, what("revoke", about)]),
    ...DEVICES.filter((about) => about !== author).map((about): [Name, What] => [author, what("freeze", about)]),
  ]),
  ...DEVICES.flatMap((author): [Name, What][] => [
    ...DEVICES.filter((about) => about !== author).map((about): [Name, What] => [author, what("unfreeze", about)]),
    [author, what("revoke", "N")],
    [author, what("add", "N")],
  ]),
  ...([["G"], ["A"], ["B"], ["G", "A"], ["A", "B"]] as const).map((keep): [Name, What] => ["words", what("recover", undefined, keep)]),
  ["words", what("set-recovery")],
  ["words2", what("recover", undefined, ["A"])],
];

/**
 * Calls `visit` with every set of the base and up to `most` further ops, each once; a set is a list, parents first. What an
 * author knows is anything that hangs together: it may keep silent about its own ops too, and so fork. Stops where `visit`
 * returns true. `part` of `parts`: every so many-th beginning only.
 */
export function everySet(base: Base, most: number, visit: (said: readonly Said[]) => boolean, part = 0, parts = 1): boolean {
  const seen = new Set<string>();
  const grow = (said: readonly Said[], left: number): boolean => {
    for (const [at, [author, about]] of SAYINGS.entries()) {
      if (said.length === base.said.length && at % parts !== part) continue;
      for (const past of pastsOf(said, base.said.length)) {
        if (!mayHaveSaid(said, author, about, past)) continue;
        const next = say(said, author, about, past);
        if (next === undefined) continue;
        const set = [...said, next];
        const name = set
          .slice(base.said.length)
          .map(({ op }) => op.key.slice(0, 12))
          .sort()
          .join();
        if (seen.has(name)) continue;
        seen.add(name);
        if (visit(set) || (left > 1 && grow(set, left - 1))) return true;
      }
    }
    return false;
  };
  return grow(base.said, most);
}

/** All that an author may have known: the base, and of the rest what hangs together. */
function pastsOf(said: readonly Said[], base: number): Set<number>[] {
  let pasts: Set<number>[] = [new Set(Array.from({ length: base }, (_, i) => i))];
  for (let i = base; i < said.length; i++) {
    const needs = [...(said[i] as Said).past];
    pasts = pasts.flatMap((past) => (needs.every((need) => past.has(need)) ? [past, new Set([...past, i])] : [past]));
  }
  return pasts;
}

/** A2: its admission is in its past, and the recovery key is the one in force there. */
function mayHaveSaid(said: readonly Said[], author: Name, { type }: What, past: ReadonlySet<number>): boolean {
  const known = [...past].map((i) => said[i] as Said);
  const keyOps = known.filter(({ op }) => op.body.type === "recover" || op.body.type === "set-recovery").length;
  if (author === "words") return keyOps === 0;
  if (author === "words2") return keyOps > 0;
  if (type === "add" && author === "N") return false;
  return known.some(({ op }) => (op.body.type === "add" || op.body.type === "genesis") && toHex(op.body.device) === hexOf(author));
}
