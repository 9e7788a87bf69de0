import type { DeviceRow } from "../../api/device.ts";
import { clean } from "./clean.ts";
import { columns } from "./columns.ts";
import { timeText } from "./time.ts";

export function devicesText(rows: readonly DeviceRow[]): string {
  return columns(
    rows.map((row) => [
      row.device,
      clean(row.name, "line"),
      row.state,
      presence(row),
      row.class === "browser" ? "browser" : "",
      row.forks > 0 ? "FORKED" : "",
    ]),
  );
}

function presence({ self, online, lastSeen }: DeviceRow): string {
  if (self) return "this device";
  if (online) return "online";
  return lastSeen === null ? "not seen yet" : `last seen ${timeText(lastSeen)}`;
}
