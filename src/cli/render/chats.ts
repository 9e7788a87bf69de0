import type { ChatRow } from "../../api/chats.ts";
import { clean } from "./clean.ts";
import { columns } from "./columns.ts";
import { labelText, trustText } from "./label.ts";
import { timeText } from "./time.ts";

export function chatsText(rows: readonly ChatRow[]): string {
  if (rows.length === 0) return "No conversations yet. Open one with `homeport bridge open ACCOUNT TARGET`.";
  return columns(rows.map((row) => [row.conversation, clean(row.name, "line"), row.network, marks(row), unread(row), last(row)]));
}

const marks = (row: ChatRow): string => `${labelText(row.label)}${row.trust === undefined ? "" : ` ${trustText(row.trust)}`}`;
const unread = (row: ChatRow): string => (row.unread === 0 ? "-" : `${row.unread} new`);

function last({ last: newest }: ChatRow): string {
  return newest === null ? "empty" : `${timeText(newest.ts)} <${clean(newest.from, "line")}> ${clean(newest.text, "line")}`;
}
