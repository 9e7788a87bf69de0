import { toHex } from "../encoding/bytes.ts";

/** What a device may do in its account: a browser authors nothing but its own revocation and freezes (A4, A9, W1). */
export type DeviceClass = "full" | "browser";

/** `frozen`: gets nothing new and its new ops and entries wait (A9). `revoked`: out, until it is added again. */
export type DeviceState = "admitted" | "frozen" | "revoked";

/** Where one device of the account stands, the same on every replica that has the same ops. */
export interface DeviceStanding {
  /** Device key, 32 bytes. */
  readonly key: Uint8Array;
  readonly class: DeviceClass;
  readonly state: DeviceState;
  /** A3: empty for the device that began the account; compared by `compareRanks`. */
  readonly rank: readonly number[];
  /** Key of the device (or recovery key) that added it; null for the device that began the account. */
  readonly sponsor: Uint8Array | null;
  /** Id of the op that admitted it, 32 bytes. */
  readonly admittedBy: Uint8Array;
  /** One clause for people: why it is in or out. */
  readonly reason: string;
  /** Key of the most senior device that froze it. Missing where it is frozen because its own chain forked. */
  readonly frozenBy?: Uint8Array;
}

/** What the ops of an account amount to (A6). */
export interface AccountState {
  /** Id of the genesis op, 32 bytes. */
  readonly account: Uint8Array;
  /** 32 bytes: the hash over the sorted ids of all ops that no other op names as a parent. */
  readonly head: Uint8Array;
  /** By the lower-case hexadecimal device key. Devices that were never validly added do not appear. */
  readonly devices: ReadonlyMap<string, DeviceStanding>;
}

/** Undefined for a key that is no device of the account, now or before. */
export function standingOf(state: AccountState, deviceKey: Uint8Array): DeviceStanding | undefined {
  return state.devices.get(toHex(deviceKey));
}
