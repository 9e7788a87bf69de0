import type { Handlers } from "../../api/methods.ts";
import { type DeviceStanding, standingOf } from "../../sync/account/resolve.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import { deviceText } from "../../sync/log/public-id.ts";
import type { HandlerContext } from "../context.ts";
import { findDevice } from "../lookup.ts";
import { decodeSecret } from "../unlocking/secret.ts";
import { freezeDevice, revokeDevices, sponsoredBy, unfreezeDevice } from "../revocation.ts";

export function deviceHandlers(context: HandlerContext): Pick<Handlers, Extract<keyof Handlers, `device.${string}`>> {
  const { device, linking } = context;
  const changed = (key: Uint8Array) => ({ device: deviceText(key), state: standingOf(device.account, key)?.state ?? "revoked" });
  return {
    async "device.list"() {
      return [...device.account.devices.values()].map((standing) => rowOf(context, standing));
    },
    "device.link": ({ yes }, { signal, emit }) => linking.link(yes, signal, emit),
    async "device.confirm"({ code }) {
      linking.confirm(code);
      return { confirmed: true };
    },
    async "device.revoke"({ device: id, also, lostSince }) {
      const [key, ...others] = [id, ...also].map((text) => findDevice(device, text).key) as [Uint8Array, ...Uint8Array[]];
      await revokeDevices(device, [key, ...others], lostSince);
      const left = new Map([key, ...others].flatMap((gone) => sponsoredSince(context, gone).map((row) => [row.device, row])));
      return { ...changed(key), also: others.map(changed), sponsored: [...left.values()] };
    },
    async "device.sponsored"({ device: id, since }) {
      return sponsoredSince(context, findDevice(device, id).key, since);
    },
    async "device.freeze"({ device: id }) {
      const { key, state } = findDevice(device, id);
      if (state === "revoked") throw new HomeportError("not-allowed", "That device is revoked already.");
      await freezeDevice(device, key);
      return changed(key);
    },
    async "device.unfreeze"({ device: id }) {
      const { key } = findDevice(device, id);
      await unfreezeDevice(device, key);
      return changed(key);
    },
    "device.unlock": ({ device: id, passphrase, addresses }) =>
      context.unlocker.unlock(findDevice(device, id), decodeSecret(passphrase), addresses),
  };
}

/** Those of which it is not known since when they are in are among them. */
function sponsoredSince({ device, notices }: HandlerContext, key: Uint8Array, since = 0) {
  const rows = sponsoredBy(device, key).map(({ key: sponsored, admittedBy }) => ({
    ...{ device: deviceText(sponsored), name: device.records.get(sponsored)?.name ?? "", since: notices.learned(admittedBy) ?? null },
  }));
  return rows.filter((row) => row.since === null || row.since >= since);
}

function rowOf({ device, sessions }: HandlerContext, standing: DeviceStanding) {
  const known = device.records.get(standing.key);
  const self = sameBytes(standing.key, device.self);
  const session = sessions.get(standing.key);
  return {
    device: deviceText(standing.key),
    name: known?.name ?? "",
    class: standing.class,
    state: standing.state,
    self,
    online: self || session !== undefined,
    forks: device.forks.count(standing.key),
    lastSeen: self || session ? device.now() : (known?.lastSeen ?? null),
  };
}
