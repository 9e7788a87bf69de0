import { authorFreeze, authorRevoke, authorUnfreeze, type Authoring } from "../sync/account/author.ts";
import { KIND } from "../sync/content/kinds.ts";
import type { Writer } from "../sync/core.ts";
import type { Device } from "../sync/device.ts";
import { sameBytes } from "../sync/encoding/bytes.ts";

/** A4, C1: shuts a device out for good, and says up to where its entries count. Rejects with `not-allowed` or `not-found`. */
export async function revokeDevice(device: Device, key: Uint8Array): Promise<void> {
  await authorRevoke(authoring(device), [key]);
  device.transact((writer) => {
    for (const { row } of writer.conversations()) publishCut(device, writer, row, key);
  });
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

function publishCut(device: Device, writer: Writer, conversation: number, key: Uint8Array): void {
  const feeds = [...device.store.feeds(conversation)].filter((feed) => sameBytes(feed.device, key) && feed.headSeq > 0);
  if (feeds.length === 0) return;
  const ends = feeds.map(({ incarnation, headSeq, headHash }) => ({ inc: incarnation, seq: headSeq, hash: headHash as Uint8Array }));
  for (let i = 0; i < ends.length; i += 2000) writer.append(conversation, KIND.cut, { device: key, feeds: ends.slice(i, i + 2000) });
}
