/** Making ops: each function reads the current set, signs, and hands the finished op to `commit`. */
import { DOMAIN } from "../domains.ts";
import { sameBytes, toHex } from "../encoding/bytes.ts";
import { HomeportError } from "../errors.ts";
import type { Crypto, Random, Signer } from "../ports.ts";
import { type AccountOp, countersignedPart, encodeOp, encodeSignedPart, MAX_PARENTS, type OpDraft, opId } from "./op.ts";
import type { OpBody } from "./op-body.ts";
import type { OpSet } from "./op-set.ts";
import { compareRanks, isSenior, type Rank } from "./rank.ts";
import { type AccountState, type DeviceClass, type DeviceStanding, standingOf } from "./state.ts";
import { MAX_OPS_PER_AUTHOR } from "./validity.ts";
import { MAX_LIVE_DEVICES } from "./walk.ts";

export interface Authoring {
  crypto: Crypto;
  set: OpSet;
  signer: Signer;
  /**
   * Stores the op and adds it to `set`, both before it returns: a second op with the same number would look like a fork.
   * What it throws is thrown on, and the op is forgotten.
   */
  commit(op: Uint8Array): void;
}

export interface Draft {
  signedPart: Uint8Array;
  id: Uint8Array;
  /** Id of the author's op before. */
  prev: Uint8Array | null;
  device: Uint8Array;
}

export interface GenesisOptions {
  /** See `recoveryHash`; null for an account that can never be recovered. */
  recovery: Uint8Array | null;
}

/** The first op of a new account; its id is the account. Not committed anywhere. */
export async function createGenesis(
  crypto: Crypto,
  random: Random,
  signer: Signer,
  options: GenesisOptions,
): Promise<{ account: Uint8Array; op: Uint8Array }> {
  const device = signer.publicKey;
  const body: OpBody = { type: "genesis", device, class: "full", recovery: options.recovery, nonce: random.bytes(16) };
  const signedPart = encodeSignedPart({ account: null, author: device, seq: 1, prev: null, parents: [], body });
  const signature = await signer.sign(DOMAIN.accountOp, signedPart);
  return { account: opId(crypto, signedPart), op: encodeOp(signedPart, signature, null) };
}

/** `cuts`: root over the cuts that go with it (C1), 32 bytes. Rejects with `not-allowed` or `not-found`. */
export async function authorRevoke(context: Authoring, devices: readonly Uint8Array[], cuts?: Uint8Array): Promise<Uint8Array> {
  const own = requireStanding(context.set, context.signer.publicKey);
  for (const device of devices) requireMayRevoke(context.set, own, device);
  return author(context, { type: "revoke", devices, ...(cuts === undefined ? {} : { cuts }) });
}

/** A1: where the account has no recovery key. `hash`: see `recoveryHash`. Rejects with `not-allowed`. */
export async function authorFirstRecovery(context: Authoring, hash: Uint8Array): Promise<Uint8Array> {
  const { set, signer } = context;
  const own = requireStanding(set, signer.publicKey);
  if (set.state.recovery.hash !== null)
    throw new HomeportError("exists", "The account has recovery words; `account rotate-recovery` changes them.");
  const seniors = [...set.state.devices.values()].filter(({ state, rank }) => state !== "revoked" && isSenior(rank, own.rank));
  if (own.class === "browser" || seniors.length > 0)
    throw new HomeportError("not-allowed", "Only the most senior device of the account can make the first recovery words.");
  return author(context, { type: "set-recovery", epoch: set.state.recovery.epoch + 1, recovery: hash });
}

/** A9. Rejects with `not-allowed` or `not-found`. */
export async function authorFreeze(context: Authoring, device: Uint8Array): Promise<Uint8Array> {
  requireStanding(context.set, context.signer.publicKey);
  requireOther(context, device);
  requireKnown(context.set, device);
  return author(context, { type: "freeze", device });
}

/** A9: only the device that froze may. Rejects with `not-allowed` or `not-found`. */
export async function authorUnfreeze(context: Authoring, device: Uint8Array): Promise<Uint8Array> {
  requireStanding(context.set, context.signer.publicKey);
  requireKnown(context.set, device);
  if (!hasFrozen(context, device)) throw new HomeportError("not-allowed", "Only the device that froze it can unfreeze it.");
  return author(context, { type: "unfreeze", device });
}

/** What the new device has to countersign. Rejects with `not-allowed`, `exists` or `account-full`. */
export function draftAdd(
  { crypto, set, signer }: Pick<Authoring, "crypto" | "set" | "signer">,
  device: Uint8Array,
  deviceClass: DeviceClass,
): Draft {
  requireMayAdd(set, signer.publicKey);
  const other = standingOf(set.state, device);
  if (other !== undefined && other.state !== "revoked") throw new HomeportError("exists", "That device belongs to the account already.");
  return draftOf(crypto, set, signer.publicKey, { type: "add", device, class: deviceClass });
}

/** The new device's consent (A2) to the `add` with this signed part. */
export async function countersignAdd(crypto: Crypto, signer: Signer, account: Uint8Array, signedPart: Uint8Array): Promise<Uint8Array> {
  return signer.sign(DOMAIN.accountAddCountersign, countersignedPart(account, opId(crypto, signedPart), signer.publicKey));
}

/** Rejects with `wrong-countersignature`, or with `account-changed` where this device signed another op since the draft. */
export async function finishAdd(context: Authoring, draft: Draft, countersignature: Uint8Array): Promise<Uint8Array> {
  const { crypto, set } = context;
  const message = countersignedPart(set.account, draft.id, draft.device);
  if (!crypto.verify(DOMAIN.accountAddCountersign, message, countersignature, draft.device)) {
    throw new HomeportError("wrong-countersignature", "The new device did not prove that it has its key.");
  }
  const op = await signAndCommit(context, draft, countersignature);
  if (op === undefined) throw new HomeportError("account-changed", "The account changed in between; start the linking again.");
  return op;
}

/** Another op of this device may be committed while this one is being signed: then it is drafted anew. */
async function author(context: Authoring, body: OpBody): Promise<Uint8Array> {
  for (;;) {
    const op = await signAndCommit(context, draftOf(context.crypto, context.set, context.signer.publicKey, body), null);
    if (op !== undefined) return op;
  }
}

/** Undefined, and nothing committed, where the author's chain has grown since the draft. */
async function signAndCommit(
  { set, signer, commit }: Authoring,
  { signedPart, prev }: Pick<Draft, "signedPart" | "prev">,
  countersignature: Uint8Array | null,
): Promise<Uint8Array | undefined> {
  const signature = await signer.sign(DOMAIN.accountOp, signedPart);
  if (!isLast(set, signer.publicKey, prev)) return undefined;
  const op = encodeOp(signedPart, signature, countersignature);
  commit(op);
  return op;
}

function isLast(set: OpSet, device: Uint8Array, prev: Uint8Array | null): boolean {
  const last = set.lastOf(device);
  return prev === null ? last === undefined : last !== undefined && sameBytes(last.id, prev);
}

/** Exported for the recovery key's ops and for tests; devices use the functions above. */
export function draftOf(crypto: Crypto, set: OpSet, authorKey: Uint8Array, body: OpBody): Draft {
  const last = set.lastOf(authorKey);
  const draft: OpDraft = {
    account: set.account,
    author: authorKey,
    seq: (last?.seq ?? 0) + 1,
    prev: last?.id ?? null,
    parents: parentsFor(set, authorKey, last),
    body,
  };
  const signedPart = encodeSignedPart(draft);
  return { signedPart, id: opId(crypto, signedPart), prev: draft.prev, device: body.type === "add" ? body.device : authorKey };
}

/**
 * At most eight heads: those of the most senior devices that are in, so that nobody who is out can crowd them out. A
 * device's first op has to have its admission in its past.
 */
function parentsFor(set: OpSet, authorKey: Uint8Array, last: AccountOp | undefined): Uint8Array[] {
  const others = set.heads().filter((head) => head.key !== last?.key);
  const heads = others.length > MAX_PARENTS ? inOrderOfTrust(set.state, others) : others;
  const chosen = heads.slice(0, MAX_PARENTS);
  const admission = last === undefined ? standingOf(set.state, authorKey)?.admittedBy : undefined;
  if (admission === undefined || includes(set, chosen, toHex(admission))) return chosen.map((head) => head.id);
  return [...chosen.slice(1).map((head) => head.id), admission];
}

/** The recovery key first, then who is in by rank, then who is frozen, revoked or unknown; of one author, as they came. */
function inOrderOfTrust({ devices }: AccountState, heads: readonly AccountOp[]): AccountOp[] {
  const place = ({ authorKey, body }: AccountOp): number => {
    if (body.type === "recover") return 0;
    const state = devices.get(authorKey)?.state;
    return state === undefined ? 4 : { admitted: 1, frozen: 2, revoked: 3 }[state];
  };
  const rank = ({ authorKey }: AccountOp): Rank => devices.get(authorKey)?.rank ?? [];
  return [...heads].sort((a, b) => place(a) - place(b) || compareRanks(rank(a), rank(b)));
}

function includes(set: OpSet, heads: readonly AccountOp[], key: string): boolean {
  for (const op of set.pastOf({ prevKey: null, parentKeys: heads.map((head) => head.key) })) if (op.key === key) return true;
  return false;
}

function requireStanding(set: OpSet, device: Uint8Array): DeviceStanding {
  const standing = standingOf(set.state, device);
  if (standing === undefined) throw new HomeportError("not-allowed", "This device does not belong to the account.");
  if (standing.state === "revoked") throw new HomeportError("not-allowed", "This device was revoked.");
  if (standing.state === "frozen") throw new HomeportError("not-allowed", "This device is frozen; what it decides would wait.");
  return standing;
}

function requireKnown(set: OpSet, device: Uint8Array): DeviceStanding {
  const standing = standingOf(set.state, device);
  if (standing === undefined) throw new HomeportError("not-found", "The account has no such device.");
  return standing;
}

function requireOther({ signer }: Authoring, device: Uint8Array): void {
  if (sameBytes(signer.publicKey, device)) throw new HomeportError("not-allowed", "A device cannot freeze itself.");
}

/** A4. */
function requireMayRevoke(set: OpSet, own: DeviceStanding, device: Uint8Array): void {
  const other = requireKnown(set, device);
  if (sameBytes(own.key, device)) return;
  if (own.class === "browser") throw new HomeportError("not-allowed", "A browser can revoke nothing but itself.");
  if (!isSenior(own.rank, other.rank)) throw new HomeportError("not-allowed", "That device is senior to this one.");
}

/** A4, A7. Throws `not-allowed` or `account-full` where `device` may add no device now. */
export function requireMayAdd(set: OpSet, device: Uint8Array): void {
  const own = requireStanding(set, device);
  if (own.class === "browser") throw new HomeportError("not-allowed", "A browser cannot add devices.");
  const live = [...set.state.devices.values()].filter(({ state }) => state !== "revoked").length;
  if (live >= MAX_LIVE_DEVICES) throw new HomeportError("account-full", `The account has ${MAX_LIVE_DEVICES} devices; revoke one first.`);
  if (set.spentBy(device) >= MAX_OPS_PER_AUTHOR) {
    throw new HomeportError("account-full", "This device has made too many changes; add devices from another one.");
  }
}

function hasFrozen({ set, signer }: Authoring, device: Uint8Array): boolean {
  const own = set.opsOf(signer.publicKey);
  const last = own.findLast(({ body }) => (body.type === "freeze" || body.type === "unfreeze") && sameBytes(body.device, device));
  return last?.body.type === "freeze";
}
