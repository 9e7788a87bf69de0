import { authorFreeze, authorRevoke, authorUnfreeze, type Authoring } from "../sync/account/author.ts";
import { cutsOf, planCuts, publishPlanned } from "../sync/cuts/publish.ts";
import type { Device } from "../sync/device.ts";

/** A4, C1: shuts a device out for good, and says up to where its entries count. Rejects with `not-allowed` or `not-found`. */
export async function revokeDevice(device: Device, key: Uint8Array): Promise<void> {
  device.transact((writer) => planCuts(writer, cutsOf(device, writer.conversations(), key)));
  try {
    await authorRevoke(authoring(device), [key]);
  } finally {
    device.transact(publishPlanned);
  }
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
