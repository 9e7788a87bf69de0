import type { OutboxRow } from "../../api/outbox.ts";
import { clean } from "./clean.ts";
import { timeText } from "./time.ts";

export function outboxText(rows: readonly OutboxRow[]): string {
  if (rows.length === 0) return "Nothing is in doubt.";
  const list = rows.map(
    (row) => `${row.id}  ${row.state} since ${timeText(row.since)}\n  in ${row.conversation}: ${clean(row.reason, "line")}`,
  );
  return [...list, "Send again with `homeport outbox resend ID`, or hold it to be sent with `homeport outbox settle ID`."].join("\n");
}
