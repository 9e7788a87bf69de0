import { retentionSchema } from "../content/chat.ts";
import { expiryOf as textExpiry, textSchema } from "../content/text.ts";
import type { Reader, StoredEntry, Writer } from "../core.ts";
import type { Cbor } from "../encoding/cbor.ts";

const DAY_MS = 24 * 3600 * 1000;
/** Retention is looked at in steps of this, so that devices that look at the same time come to the same. */
export const STEP_MS = 3600 * 1000;

/** When a message goes by itself, in milliseconds since 1970; by its author's clock, so that it is the same on every device. */
export function expiryOf(entry: StoredEntry, body: Cbor | undefined): number | undefined {
  const text = textSchema.safeParse(body).data;
  return text && textExpiry(entry.hlc, text);
}

/** The newest statement holds, in the order of the log. */
export function keepRetention(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = retentionSchema.safeParse(body);
  if (!parsed.success) return;
  const { hash } = writer.sql.get<{ hash: Uint8Array }>("select hash from entry where row = ?", entry.row) ?? { hash: new Uint8Array() };
  writer.sql.run(
    `insert into deletion_retention (conversation, days, hlc_ms, hlc_n, hash) values (?, ?, ?, ?, ?)
     on conflict do update set days = excluded.days, hlc_ms = excluded.hlc_ms, hlc_n = excluded.hlc_n, hash = excluded.hash
       where (excluded.hlc_ms, excluded.hlc_n, excluded.hash) > (deletion_retention.hlc_ms, deletion_retention.hlc_n, deletion_retention.hash)`,
    ...[entry.conversationRow, parsed.data.days, entry.hlc.ms, entry.hlc.n, hash],
  );
}

/** Rows of the entries that are due, and the time at which the next will be. */
export function expired(reader: Reader, limit: number): { rows: number[]; next: number | undefined } {
  const rows = reader.sql
    .all<{ entry: number }>("select entry from deletion_expiry where at <= ? order by at limit ?", reader.now(), limit)
    .map(({ entry }) => entry);
  const next = reader.sql.get<{ at: number | null }>("select min(at) as at from deletion_expiry where at > ?", reader.now())?.at;
  return { rows, next: next ?? undefined };
}

/** Conversations with messages that are older than the person wants to keep them, with the time before which they go. */
export function outdated(reader: Reader): { conversation: Uint8Array; before: number }[] {
  const kept = reader.sql.all<{ conversation: number; days: number }>(
    "select conversation, days from deletion_retention where days is not null",
  );
  return kept.flatMap(({ conversation: row, days }) => {
    const before = Math.floor((reader.now() - days * DAY_MS) / STEP_MS) * STEP_MS;
    const conversation = reader.conversation(row);
    return conversation && before > 0 && holdsOlder(reader, row, before) ? [{ conversation: conversation.id, before }] : [];
  });
}

function holdsOlder(reader: Reader, conversation: number, before: number): boolean {
  const sql = "select 1 from entry where conversation = ? and shown = 1 and place_ms < ? and hlc_ms < ? limit 1";
  return reader.sql.get(sql, conversation, before, before) !== undefined;
}
