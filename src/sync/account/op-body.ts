import { compareBytes } from "../encoding/bytes.ts";
import { type Cbor, isList } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import { arrayOf, blobOf, bytesOf, orNull, tupleOf, uintOf } from "./shape.ts";
import type { DeviceClass } from "./state.ts";

/** Types of account ops. Part of the format: never reuse a number. */
const OP_TYPE = { genesis: 1, add: 2, revoke: 3, freeze: 4, unfreeze: 5, recover: 6, setRecovery: 7 } as const;

const CLASS_CODE: Readonly<Record<DeviceClass, number>> = { full: 1, browser: 2 };

/** What an op says. Keys have 32 bytes. */
export type OpBody =
  /** Begins an account. `recovery`: hash of the recovery key (A5), null without one; `nonce`: 16 to 64 bytes. */
  | { type: "genesis"; device: Uint8Array; class: DeviceClass; recovery: Uint8Array | null; nonce: Uint8Array }
  | { type: "add"; device: Uint8Array; class: DeviceClass }
  /** `cuts`: root over the cuts that the revoker publishes (C1), 32 bytes; missing where it publishes none. */
  | { type: "revoke"; devices: readonly Uint8Array[]; cuts?: Uint8Array }
  | { type: "freeze"; device: Uint8Array }
  | { type: "unfreeze"; device: Uint8Array }
  /** `epoch` from 1; `keep`: device keys; `voids`: ids of ops; `recovery`: hash of the next recovery key. */
  | { type: "recover"; epoch: number; keep: readonly Uint8Array[]; voids: readonly Uint8Array[]; recovery: Uint8Array | null }
  /** The recovery key changes, and nothing else: by the key itself, or by the most senior device where there is none (A1). */
  | { type: "set-recovery"; epoch: number; recovery: Uint8Array }
  /** Of a later version: stored and forwarded, without effect. */
  | { type: "unknown"; code: number; body: Cbor };

export type OpType = OpBody["type"];

const MAX_LIST = 400;
const MAX_NONCE = 64;
const MIN_NONCE = 16;

export function typeCode(body: OpBody): number {
  if (body.type === "unknown") return body.code;
  return body.type === "set-recovery" ? OP_TYPE.setRecovery : OP_TYPE[body.type];
}

export function encodeBody(body: OpBody): Cbor {
  switch (body.type) {
    case "genesis":
      return [body.device, CLASS_CODE[body.class], body.recovery, body.nonce];
    case "add":
      return [body.device, CLASS_CODE[body.class]];
    case "revoke":
      return body.cuts === undefined ? [sortedUnique(body.devices)] : [sortedUnique(body.devices), body.cuts];
    case "freeze":
    case "unfreeze":
      return [body.device];
    case "recover":
      return [body.epoch, sortedUnique(body.keep), sortedUnique(body.voids), body.recovery];
    case "set-recovery":
      return [body.epoch, body.recovery];
    case "unknown":
      return body.body;
  }
}

export function decodeBody(code: number, value: Cbor | undefined): OpBody {
  switch (code) {
    case OP_TYPE.genesis:
      return decodeGenesis(value);
    case OP_TYPE.add:
      return decodeAdd(value);
    case OP_TYPE.revoke:
      return decodeRevoke(value);
    case OP_TYPE.freeze:
      return { type: "freeze", device: keyOf(tupleOf(value, "a freeze", 1)[0]) };
    case OP_TYPE.unfreeze:
      return { type: "unfreeze", device: keyOf(tupleOf(value, "an unfreeze", 1)[0]) };
    case OP_TYPE.recover:
      return decodeRecover(value);
    case OP_TYPE.setRecovery:
      return decodeSetRecovery(value);
    default:
      if (value === undefined) throw new MalformedError("an op has no body");
      return { type: "unknown", code, body: value };
  }
}

function decodeGenesis(value: Cbor | undefined): OpBody {
  const [device, deviceClass, recovery, nonce] = tupleOf(value, "a genesis", 4);
  const bytes = blobOf(nonce, "a nonce", MAX_NONCE);
  if (bytes.length < MIN_NONCE) throw new MalformedError("a nonce is too short");
  return { type: "genesis", device: keyOf(device), class: classOf(deviceClass), recovery: orNull(recovery, hashOf), nonce: bytes };
}

function decodeAdd(value: Cbor | undefined): OpBody {
  const [device, deviceClass] = tupleOf(value, "an add", 2);
  return { type: "add", device: keyOf(device), class: classOf(deviceClass) };
}

function decodeRevoke(value: Cbor | undefined): OpBody {
  const [list, cuts] = tupleOf(value, "a revoke", isList(value) && value.length === 1 ? 1 : 2);
  const devices = listOf(list, "the revoked devices");
  if (devices.length === 0) throw new MalformedError("a revoke names no device");
  return cuts === undefined ? { type: "revoke", devices } : { type: "revoke", devices, cuts: hashOf(cuts) };
}

function decodeSetRecovery(value: Cbor | undefined): OpBody {
  const [epoch, recovery] = tupleOf(value, "a new recovery key", 2);
  return { type: "set-recovery", epoch: uintOf(epoch, "a recovery epoch", 1), recovery: hashOf(recovery) };
}

function decodeRecover(value: Cbor | undefined): OpBody {
  const [epoch, keep, voids, recovery] = tupleOf(value, "a recover", 4);
  return {
    type: "recover",
    epoch: uintOf(epoch, "a recovery epoch", 1),
    keep: listOf(keep, "the kept devices"),
    voids: listOf(voids, "the void ops"),
    recovery: orNull(recovery, hashOf),
  };
}

export function classOf(value: Cbor | undefined): DeviceClass {
  if (value === CLASS_CODE.full) return "full";
  if (value === CLASS_CODE.browser) return "browser";
  throw new MalformedError("a device class is unknown");
}

export const classCode = (deviceClass: DeviceClass): number => CLASS_CODE[deviceClass];

const keyOf = (value: Cbor | undefined): Uint8Array => bytesOf(value, "a device key", 32);
const hashOf = (value: Cbor | undefined): Uint8Array => bytesOf(value, "a hash", 32);

/** Byte strings of 32 bytes in ascending order, so that one meaning has one encoding. */
export function listOf(value: Cbor | undefined, what: string, max = MAX_LIST): readonly Uint8Array[] {
  const list = arrayOf(value, what, max).map((item) => bytesOf(item, what, 32));
  const ascending = list.every((item, i) => i === 0 || compareBytes(list[i - 1] as Uint8Array, item) < 0);
  if (!ascending) throw new MalformedError(`${what} are not in ascending order`);
  return list;
}

export function sortedUnique(list: readonly Uint8Array[]): Uint8Array[] {
  const sorted = [...list].sort(compareBytes);
  return sorted.filter((item, i) => i === 0 || compareBytes(sorted[i - 1] as Uint8Array, item) !== 0);
}
