import { KIND } from "../../sync/content/kinds.ts";
import { type PushKey, pushKeySchema, type PushTarget, pushTargetSchema } from "../../sync/content/push.ts";
import type { Device } from "../../sync/device.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";

/** The keys of the own devices that push and are in. */
export function pushKeys(device: Device): PushKey[] {
  return said(device, KIND.pushKey).flatMap((entry) => {
    const { data } = pushKeySchema.safeParse(device.body(entry));
    return data && device.isAdmitted(data.device) ? [data] : [];
  });
}

/** Where browsers that are in take pushes. */
export function pushTargets(device: Device): PushTarget[] {
  return said(device, KIND.pushTarget).flatMap((entry) => {
    const { data } = pushTargetSchema.safeParse(device.body(entry));
    return data?.to && device.isAdmitted(data.device) ? [{ device: data.device, ...data.to }] : [];
  });
}

/** Says with which key this device signs its pushes; nothing where it said so already. */
export function publishPushKey(device: Device, key: Uint8Array): void {
  const known = pushKeys(device).find((other) => sameBytes(other.device, device.self));
  if (known && sameBytes(known.key, key)) return;
  device.transact((writer) => writer.append(device.ownLog.row, KIND.pushKey, { device: device.self, key }));
}

/** Says where this browser takes pushes. */
export function publishPushTarget(device: Device, { endpoint, p256dh, auth, key }: Omit<PushTarget, "device">): void {
  const to = { endpoint, p256dh, auth, key };
  device.transact((writer) => writer.append(device.ownLog.row, KIND.pushTarget, { device: device.self, to }));
}

/** Says that a device takes none any more. */
export function forgetPushTarget(device: Device, whose: Uint8Array): void {
  device.transact((writer) => writer.append(device.ownLog.row, KIND.pushTarget, { device: whose }));
}

function said(device: Device, kind: number): number[] {
  return device.sql.all<{ entry: number }>("select entry from push_said where kind = ? order by stamp", kind).map(({ entry }) => entry);
}
