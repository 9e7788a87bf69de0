import type { LateRow } from "../../api/deletion.ts";
import { clean } from "./clean.ts";
import { columns } from "./columns.ts";
import { timeText } from "./time.ts";

export function deletedText(rows: readonly { network: string | null }[]): string {
  const networks = [...new Set(rows.flatMap(({ network }) => network ?? []))].map((network) => clean(network, "line"));
  const kept = networks.length === 0 ? "" : ` What was sent by ${networks.join(" and ")} stays there: nobody can take it back.`;
  return `Deleted on all your devices.${kept}`;
}

export function lateText(rows: readonly LateRow[]): string {
  if (rows.length === 0) return "Nothing of this device is held back.";
  const table = rows.map((row) => [
    String(row.count),
    clean(row.name, "line") || row.conversation,
    row.count === 1 ? timeText(row.first) : `${timeText(row.first)} to ${timeText(row.last)}`,
  ]);
  return `${columns(table)}\nShow them with --keep, delete them with --drop.`;
}
