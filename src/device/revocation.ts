import { authorFreeze, authorRevoke, authorUnfreeze, type Authoring } from "../sync/account/author.ts";
import type { DeviceStanding } from "../sync/account/state.ts";
import type { Writer } from "../sync/core.ts";
import { type Cut, cutsRoot } from "../sync/cuts/root.ts";
import { toHex } from "../sync/encoding/bytes.ts";
import { cutsOf, planCuts, publishPlanned } from "../sync/cuts/publish.ts";
import type { Device } from "../sync/device.ts";

/**
 * A4, C1: shuts devices out for good, and says up to where their entries count. `since`: milliseconds since 1970; what they
 * wrote from then on does not. Rejects with `not-allowed` or `not-found`.
 */
export async function revokeDevices(device: Device, keys: readonly Uint8Array[], since?: number): Promise<void> {
  const root = device.transact((writer) => {
    const cuts = keys.flatMap((key) => cutsOf(device, writer.conversations(), key, since));
    planCuts(writer, cuts);
    return keepRoot(device, writer, cuts);
  });
  try {
    await authorRevoke(authoring(device), keys, root);
  } finally {
    device.transact(publishPlanned);
  }
}

export const revokeDevice = (device: Device, key: Uint8Array): Promise<void> => revokeDevices(device, [key]);

/** The account names the cuts by a root; the secret behind it shows later that one of them is covered. */
function keepRoot({ crypto, random }: Device, writer: Writer, cuts: readonly Cut[]): Uint8Array {
  const secret = random.bytes(32);
  const root = cutsRoot(crypto, secret, cuts);
  const sealed = writer.seal("cut_secret", toHex(root), "secret", secret);
  writer.sql.run("insert into cut_secret (root, secret) values (?, ?)", root, sealed);
  crypto.wipe(secret);
  return root;
}

/** Devices that are in because this one let them in, or one that it let in. */
export function sponsoredBy({ account }: Device, key: Uint8Array): DeviceStanding[] {
  const sponsors = new Set([toHex(key)]);
  const found = new Set<DeviceStanding>();
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const standing of account.devices.values()) {
      if (standing.sponsor === null || !sponsors.has(toHex(standing.sponsor))) continue;
      sponsors.add(toHex(standing.key));
      found.add(standing);
    }
  }
  return [...found].filter(({ state }) => state !== "revoked");
}

/** A9: shuts a device out until this one lifts it. */
export async function freezeDevice(device: Device, key: Uint8Array): Promise<void> {
  await authorFreeze(authoring(device), key);
}

export async function unfreezeDevice(device: Device, key: Uint8Array): Promise<void> {
  await authorUnfreeze(authoring(device), key);
}

export function authoring(device: Device): Authoring {
  return { crypto: device.crypto, set: device.ops, signer: device.signer, commit: (op) => void device.addOps([op]) };
}
