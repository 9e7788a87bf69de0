import { DOMAIN } from "../../../src/sync/domains.ts";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { type AccountOp, countersignedPart, decodeOp, encodeOp, encodeSignedPart, opId } from "../../../src/sync/account/op.ts";
import type { OpBody } from "../../../src/sync/account/op-body.ts";
import { recoveryHash } from "../../../src/sync/account/recovery-key.ts";
import { type AccountState, type DeviceClass, type DeviceStanding, resolve, standingOf } from "../../../src/sync/account/resolve.ts";
import { sameBytes, utf8 } from "../../../src/sync/encoding/bytes.ts";
import type { Crypto } from "../../../src/sync/ports.ts";

export interface Keypair {
  publicKey: Uint8Array;
  secretKey: Uint8Array;
}

interface Where {
  /** What the author knew; by default everything. */
  after?: readonly AccountOp[];
  /** The author's op before; by default its newest. Naming an older one makes a fork. */
  prev?: AccountOp | null;
}

export const crypto = await createSodiumCrypto();

/** The same name always gives the same key. */
export function keypairOf(name: string): Keypair {
  return crypto.signKeypair(crypto.hash(DOMAIN.deviceFingerprint, utf8(name)));
}

/** Writes ops with real signatures, in any shape, those that no honest device would write included. */
export class World {
  readonly crypto: Crypto = crypto;
  readonly ops: AccountOp[] = [];
  readonly genesis: AccountOp;
  readonly #keys = new Map<string, Keypair>();

  constructor(first = "G", recovery: string | null = "words") {
    const hash = recovery === null ? null : recoveryHash(crypto, this.key(recovery));
    const body: OpBody = { type: "genesis", device: this.key(first), class: "full", recovery: hash, nonce: new Uint8Array(16) };
    this.genesis = this.op(first, body, { after: [], prev: null });
  }

  get account(): Uint8Array {
    return this.ops[0]?.id ?? this.genesis.id;
  }

  keypair(name: string): Keypair {
    const known = this.#keys.get(name) ?? keypairOf(name);
    this.#keys.set(name, known);
    return known;
  }

  key(name: string): Uint8Array {
    return this.keypair(name).publicKey;
  }

  op(author: string, body: OpBody, where: Where = {}): AccountOp {
    const authorKey = this.key(author);
    const own = this.ops.filter((op) => sameBytes(op.author, authorKey));
    const prev = where.prev === undefined ? (own.at(-1) ?? null) : where.prev;
    const parents = (where.after ?? this.heads()).filter((op) => op.key !== prev?.key).map((op) => op.id);
    const account = body.type === "genesis" ? null : this.account;
    const seq = (prev?.seq ?? 0) + 1;
    const op = this.sign(author, encodeSignedPart({ account, author: authorKey, seq, prev: prev?.id ?? null, parents, body }), body);
    // Who forks by saying the same again has said nothing new.
    const same = this.ops.find((known) => known.key === op.key);
    if (same === undefined) this.ops.push(op);
    return same ?? op;
  }

  sign(author: string, signedPart: Uint8Array, body: OpBody): AccountOp {
    const signature = crypto.sign(DOMAIN.accountOp, signedPart, this.keypair(author).secretKey);
    return decodeOp(crypto, encodeOp(signedPart, signature, this.#countersignature(signedPart, body)));
  }

  #countersignature(signedPart: Uint8Array, body: OpBody): Uint8Array | null {
    if (body.type !== "add") return null;
    const pair = [...this.#keys.values()].find(({ publicKey }) => sameBytes(publicKey, body.device));
    const message = countersignedPart(this.account, opId(crypto, signedPart), body.device);
    return crypto.sign(DOMAIN.accountAddCountersign, message, (pair as Keypair).secretKey);
  }

  add(author: string, device: string, where: Where & { class?: DeviceClass } = {}): AccountOp {
    return this.op(author, { type: "add", device: this.key(device), class: where.class ?? "full" }, where);
  }

  revoke(author: string, devices: string | readonly string[], where: Where = {}): AccountOp {
    return this.op(author, { type: "revoke", devices: [devices].flat().map((name) => this.key(name)) }, where);
  }

  freeze(author: string, device: string, where: Where = {}): AccountOp {
    return this.op(author, { type: "freeze", device: this.key(device) }, where);
  }

  unfreeze(author: string, device: string, where: Where = {}): AccountOp {
    return this.op(author, { type: "unfreeze", device: this.key(device) }, where);
  }

  recover(
    key: string,
    epoch: number,
    keep: readonly string[],
    voids: readonly AccountOp[] = [],
    where: Where & { next?: string } = {},
  ): AccountOp {
    const recovery = recoveryHash(crypto, this.key(where.next ?? key));
    const body: OpBody = { type: "recover", epoch, keep: keep.map((name) => this.key(name)), voids: voids.map((op) => op.id), recovery };
    return this.op(key, body, where);
  }

  setRecovery(author: string, epoch: number, next: string, where: Where = {}): AccountOp {
    return this.op(author, { type: "set-recovery", epoch, recovery: recoveryHash(crypto, this.key(next)) }, where);
  }

  heads(): AccountOp[] {
    const named = new Set(this.ops.flatMap((op) => [op.prevKey, ...op.parentKeys]));
    return this.ops.filter((op) => !named.has(op.key)).slice(0, 8);
  }

  get state(): AccountState {
    return resolve(crypto, this.account, this.ops);
  }

  standing(name: string): DeviceStanding | undefined {
    return standingOf(this.state, this.key(name));
  }

  /** `G:admitted A:revoked`, for the devices that the account knows. */
  summary(...names: string[]): string {
    const { state } = this;
    return names.map((name) => `${name}:${standingOf(state, this.key(name))?.state ?? "unknown"}`).join(" ");
  }
}
