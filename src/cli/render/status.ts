import type { CheckRow, Status } from "../../api/status.ts";
import { noticeLines } from "./account.ts";
import { bridgesText } from "./bridge.ts";
import { clean } from "./clean.ts";
import { columns } from "./columns.ts";
import { durationText, sizeText, timeText } from "./time.ts";

export function statusText(status: Status, colour: boolean): string {
  const facts = columns([
    ["Homeport", status.version],
    ["account", status.account],
    ["this device", status.device],
    ["running for", durationText(status.uptime)],
    ["state", status.locked ? "LOCKED: `homeport unlock` opens it" : "open"],
    ["vault", `${clean(status.vault.vault, "line")}: ${clean(status.vault.protects, "line")}`],
    ...(status.app
      ? [["web app", `${clean(status.app.version, "line")}, build ${clean(status.app.build, "line")}`] as [string, string]]
      : []),
    ...(status.clock?.off ? [["clock", clockText(status.clock.ahead)] as [string, string]] : []),
    ["storage", `${sizeText(status.storage.bytes)}, ${status.storage.entries} entries`],
  ]);
  const addresses = ["", "Addresses:", ...status.addresses.map((address) => `  ${clean(address, "line")}`)];
  const peers = ["", "Connected devices:", ...(status.peers.length === 0 ? ["  none"] : status.peers.map(peerText))];
  return [...noticeLines(status.notices), facts, ...addresses, ...peers, "", "Bridges:", bridgesText(status.bridges, colour)].join("\n");
}

const peerText = (peer: Status["peers"][number]): string =>
  `  ${peer.device}  ${clean(peer.address, "line")}  ${peer.via}  since ${timeText(peer.since)}`;

const clockText = (ahead: number): string =>
  `${durationText(Math.abs(ahead) / 1000)} ${ahead > 0 ? "BEHIND" : "AHEAD OF"} your other devices: \`homeport doctor\` says more`;

export function doctorText(rows: readonly CheckRow[]): string {
  return rows
    .map((row) => [`${row.ok ? "ok  " : "BAD "}  ${clean(row.check, "line")}: ${clean(row.message, "line")}`, ...fix(row)].join("\n"))
    .join("\n");
}

const fix = (row: CheckRow): string[] => (row.ok || row.fix === undefined ? [] : [`      ${clean(row.fix, "block")}`]);
