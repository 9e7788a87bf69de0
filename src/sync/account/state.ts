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
  readonly why: Why;
  /** `why` as one clause for people. */
  readonly reason: string;
  /** Key of the most senior device that froze it. Missing where it is frozen because its own chain forked. */
  readonly frozenBy?: Uint8Array;
}

/** Which op decided where a device stands. */
export interface Why {
  readonly code: WhyCode;
  /** Id of the op, 32 bytes. */
  readonly op: Uint8Array;
  /** Who signed it: a device's key, or the recovery key. */
  readonly by: Uint8Array;
}

export type WhyCode =
  /** In: it began the account, a device or the recovery key added it, a recovery kept it. */
  | "first"
  | "added"
  | "added-by-words"
  | "kept"
  /** Waits: another device froze it; a frozen senior revoked it; its key signed two ops with one number. */
  | "frozen"
  | "disputed"
  | "forked"
  /** Out: a senior revoked it, it revoked itself, a recovery did not keep it, there are 32 devices. */
  | "revoked"
  | "left"
  | "not-kept"
  | "full";

/** The recovery key of an account (A5). */
export interface RecoveryStanding {
  /** Hash of the key in force, 32 bytes; null where there is none. */
  readonly hash: Uint8Array | null;
  /** How often the key was used or changed: 0 for that of the genesis. */
  readonly epoch: number;
  /** Id of the op that brought it. */
  readonly op: Uint8Array;
  /** It was used or changed by two hands that did not know of each other. */
  readonly contested: boolean;
}

/** What the ops of an account amount to (A6). */
export interface AccountState {
  /** Id of the genesis op, 32 bytes. */
  readonly account: Uint8Array;
  /** 32 bytes: the hash over the sorted ids of all ops that no other op names as a parent. */
  readonly head: Uint8Array;
  readonly recovery: RecoveryStanding;
  /** By the lower-case hexadecimal device key. Devices that were never validly added do not appear. */
  readonly devices: ReadonlyMap<string, DeviceStanding>;
}

/** Undefined for a key that is no device of the account, now or before. */
export function standingOf(state: AccountState, deviceKey: Uint8Array): DeviceStanding | undefined {
  return state.devices.get(toHex(deviceKey));
}
