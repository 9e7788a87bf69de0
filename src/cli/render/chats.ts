import type { ChatRow } from "../../api/chats.ts";
import { terminalLabel, terminalTrust } from "../../security-labels/index.ts";
import { clean } from "./clean.ts";
import { columns } from "./columns.ts";
import { timeText } from "./time.ts";

export function chatsText(rows: readonly ChatRow[], colour: boolean): string {
  if (rows.length === 0) return "No conversations yet. Open one with `homeport bridge open ACCOUNT TARGET`.";
  return columns(rows.map((row) => [row.conversation, clean(row.name, "line"), row.network, marks(row, colour), unread(row), last(row)]));
}

function marks({ label, trust }: ChatRow, colour: boolean): string {
  return [terminalLabel(label, { trust, colour }), ...(trust === undefined ? [] : [terminalTrust(trust, { colour })])].join(" ");
}

function unread({ unread: count, mentions, ...row }: ChatRow): string {
  const notes = [
    ...(count === 0 ? [] : [`${count} new`]),
    ...(mentions === 0 ? [] : [`${mentions} to you`]),
    ...(row.pinned ? ["pinned"] : []),
    ...(row.muted ? ["muted"] : []),
    ...(row.archived ? ["archived"] : []),
    ...(row.draft === undefined ? [] : ["draft"]),
  ];
  return notes.length === 0 ? "-" : notes.join(", ");
}

function last({ last: newest }: ChatRow): string {
  if (newest === null) return "empty";
  const text = clean(newest.text, "line");
  const said = newest.kind === "text" || newest.kind === "action" || newest.kind === "notice";
  return `${timeText(newest.ts)} ${said ? `<${clean(newest.from, "line")}> ${text}` : `-- ${text}`}`;
}
