import type { Account, NoticeRow } from "../../api/account.ts";
import { clean } from "./clean.ts";
import { timeText } from "./time.ts";

const NOTICES: Readonly<Record<NoticeRow["code"], string>> = {
  recovered:
    "The account was recovered with its words: devices that were not kept are out. If that was not you, somebody has your words: recover once more, at once.",
  "recovery-changed": "The recovery words were changed. If that was not you, somebody has your old ones: recover the account at once.",
  "recovery-contested":
    "The recovery words were used by two hands that did not know of each other. Recover the account, and look after the new words.",
  forked: "signed two different changes with one number: its key may be in two hands. Recover the account, or revoke it and link it again.",
  disputed:
    "was revoked by a device that is itself frozen: neither gets anything new until you decide. Unfreeze the one that you trust, or recover the account.",
  "log-forked":
    "wrote two different entries for one place: it was copied while it ran, or its key is in two hands. What it wrote from there on does not count. Revoke it, and link it again.",
  "clock-off":
    "has a clock that is more than five minutes off from what your other devices say. What it writes stands in the wrong place, or is held back. Have the clock set by the network (`homeport doctor` says more).",
  "browser-retired":
    "was silent for 30 days, as a browser that was wiped or forgotten is. It is shut out; link it again if you still use it.",
};

export function noticeText({ code, device, name, operation, at }: NoticeRow): string {
  const about = device === undefined ? "" : `${nameOf(name ?? "", device)} `;
  return `${about}${NOTICES[code]} (since ${timeText(at)}, ${operation.slice(0, 12)})`;
}

/** Above everything else. */
export function noticeLines(notices: readonly NoticeRow[]): string[] {
  if (notices.length === 0) return [];
  return [...notices.map((notice) => `!! ${noticeText(notice)}`), "   `homeport account acknowledge` says that you have seen this.", ""];
}

export function accountText({ account, operations, recovery, devices, notices }: Account): string {
  const words = recovery.set ? "there are words" : "no words: lost devices cannot be brought back";
  const uses = recovery.epoch === 0 ? "" : `, changed or used ${recovery.epoch} times`;
  const facts = [`account    ${account}`, `recovery   ${words}${uses}`, `operations ${operations}`];
  return [...noticeLines(notices), ...facts, "", "Devices, the most senior first:", ...devices.map(deviceText)].join("\n");
}

function deviceText({ device, name, state, self, rank, class: deviceClass, sponsor, why, forks }: Account["devices"][number]): string {
  const forked = forks === 0 ? "" : "wrote two entries for one place";
  const what = [state, deviceClass === "browser" ? "browser" : "", self ? "this device" : "", forked]
    .filter((word) => word !== "")
    .join(", ");
  const by = why.by.device === device || why.by.device === null ? "" : ` by ${nameOf(why.by.name, why.by.device)}`;
  const when = why.at === null ? "" : `, ${timeText(why.at)}`;
  const from = sponsor === null ? "" : `, let in by ${sponsor.device === null ? sponsor.name : nameOf(sponsor.name, sponsor.device)}`;
  return `  ${nameOf(name, device)}  ${device}\n    ${what}; rank [${rank.join(" ")}]${from}\n    ${why.reason}${by}${when} (${why.operation.slice(0, 12)})`;
}

const nameOf = (name: string, device: string): string => (name === "" ? device.slice(0, 12) : clean(name, "line"));
