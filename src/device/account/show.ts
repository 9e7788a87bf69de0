import type { NoticeRow } from "../../api/account.ts";
import type { Result } from "../../api/methods.ts";
import { compareRanks } from "../../sync/account/rank.ts";
import { type DeviceStanding, standingOf } from "../../sync/account/resolve.ts";
import { MAX_OPS_PER_AUTHOR } from "../../sync/account/validity.ts";
import type { Device } from "../../sync/device.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";
import { accountText, deviceText, operationText } from "../../sync/log/public-id.ts";
import type { Notice, Notices } from "./notices.ts";

/** Where everybody stands, and which op says so. */
export function showAccount(device: Device, notices: Notices): Result<"account.show"> {
  const { account, recovery, devices } = device.account;
  const { hash, epoch, op, contested } = recovery;
  return {
    account: accountText(account),
    operations: device.ops.size,
    recovery: { set: hash !== null, epoch, operation: operationText(op), contested },
    devices: [...devices.values()].sort((a, b) => compareRanks(a.rank, b.rank)).map((standing) => rowOf(device, notices, standing)),
    notices: notices.open().map((notice) => noticeRow(device, notice)),
  };
}

export function noticeRow(device: Device, { op, code, device: about, at }: Notice): NoticeRow {
  return { operation: operationText(op), code, at, ...(about === null ? {} : { device: deviceText(about), name: nameOf(device, about) }) };
}

function rowOf(device: Device, notices: Notices, { key, class: deviceClass, state, rank, sponsor, why, reason }: DeviceStanding) {
  return {
    device: deviceText(key),
    name: nameOf(device, key),
    class: deviceClass,
    state,
    self: sameBytes(key, device.self),
    rank: [...rank],
    sponsor: sponsor === null ? null : whoIs(device, sponsor),
    forks: device.forks.count(key),
    room: Math.max(0, MAX_OPS_PER_AUTHOR - device.ops.spentBy(key)),
    why: { code: why.code, reason, operation: operationText(why.op), by: whoIs(device, why.by), at: notices.learned(why.op) ?? null },
  };
}

/** A device of the account, or the recovery key. */
function whoIs(device: Device, key: Uint8Array) {
  const isDevice = standingOf(device.account, key) !== undefined;
  return isDevice ? { device: deviceText(key), name: nameOf(device, key) } : { device: null, name: "recovery words" };
}

const nameOf = (device: Device, key: Uint8Array): string => device.records.get(key)?.name ?? "";
