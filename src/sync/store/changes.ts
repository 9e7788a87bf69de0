import type { Sql } from "../ports.ts";

/**
 * What a follower is told of a row in the table of changes. Stored: never reuse a number. message: it is new here; state: how
 * far it has come; conversation: how it stands in the list; content: the message is shown differently.
 */
export const CHANGE = { message: 1, state: 2, conversation: 3, content: 4 } as const;
export type Change = (typeof CHANGE)[keyof typeof CHANGE];

/** In place of an entry, where a change is about the conversation. */
export const NO_ENTRY = 0;

/** One change, as a follower hears of it. */
export interface ChangeRow {
  n: number;
  conversation: number;
  entry: number;
  what: number;
}

/** The number of the newest change. Rows may be gone again; their numbers do not come back. */
export function newestChange(sql: Sql): number {
  return sql.get<{ seq: number }>("select seq from sqlite_sequence where name = 'change'")?.seq ?? 0;
}

export function recordChange(sql: Sql, conversation: number, entry: number, what: Change): void {
  sql.run("insert into change (conversation, entry, what) values (?, ?, ?)", conversation, entry, what);
}

/** New messages whose rows follow each other: one row for all, with a number for each. */
export function recordMessages(sql: Sql, conversation: number, first: number, count: number): void {
  sql.run(
    `insert into change (n, conversation, entry, what, count) values (?, ?, ?, ${CHANGE.message}, ?)`,
    ...[newestChange(sql) + count, conversation, first, count],
  );
}

/** Under which number followers heard that the entry is new here; undefined where they did not. */
export function messageNumber(sql: Sql, entry: number): number | undefined {
  const one = sql.get<{ n: number | null }>(
    `select max(n - count + 1) as n from change where entry = ? and what = ${CHANGE.message}`,
    entry,
  )?.n;
  const many = sql.get<{ n: number; entry: number; count: number }>(
    `select n, entry, count from change where what = ${CHANGE.message} and count > 1 and entry <= ? order by entry desc limit 1`,
    entry,
  );
  const among = many && entry < many.entry + many.count ? many.n - (many.entry + many.count - 1 - entry) : undefined;
  return one === null || one === undefined ? among : Math.max(one, among ?? one);
}

/** At most so many of the changes after number `n`, in their order; of all conversations or of one. */
export function changesAfter(sql: Sql, n: number, conversation: number | undefined, most: number): ChangeRow[] {
  const only = conversation === undefined ? "" : "and conversation = ?";
  const rows = sql.all<ChangeRow & { count: number }>(
    `select n, conversation, entry, what, count from change where n > ? ${only} order by n limit ${most}`,
    ...(conversation === undefined ? [n] : [n, conversation]),
  );
  return rows.flatMap((row) => each(row, n, most)).slice(0, most);
}

function each({ n: last, conversation, entry, what, count }: ChangeRow & { count: number }, after: number, most: number): ChangeRow[] {
  const first = last - count + 1;
  const from = Math.max(first, after + 1);
  const length = Math.min(last - from + 1, most);
  return Array.from({ length }, (_, i) => ({ n: from + i, conversation, entry: entry + (from + i - first), what }));
}
