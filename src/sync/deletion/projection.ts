import type { CutBody } from "../content/own.ts";
import { tombstoneSchema } from "../content/deletion.ts";
import { KIND } from "../content/kinds.ts";
import { entryRefSchema } from "../content/text.ts";
import type { Projection, StoredEntry, Writer } from "../core.ts";
import type { Cbor } from "../encoding/cbor.ts";
import type { Cuts } from "../cuts/cuts.ts";
import type { LogStore } from "../store/log-store.ts";
import { applyTombstone, type DeletionParts, takeCuts } from "./apply.ts";
import { expiryOf, keepRetention } from "./expiry.ts";
import { type Graveyard, inRanges } from "./graveyard.ts";
import { ABOUT, isAbout } from "./kinds.ts";
import { DELETION_MIGRATIONS } from "./tables.ts";
import { dropErased } from "../store/derived.ts";

/** Tables, and which entry a row of theirs stands on. */
const DERIVED = [
  ["deletion_about", "e.row = deletion_about.entry"],
  ["deletion_expiry", "e.row = deletion_expiry.entry"],
  ["deletion_draft", "e.row = deletion_draft.entry"],
  ["deletion_retention", "e.conversation = deletion_retention.conversation and e.hash = deletion_retention.hash"],
] as const;

export interface DeletionContext {
  store: LogStore;
  graves: Graveyard;
  cuts: Cuts;
  cut(writer: Writer, conversation: number, body: CutBody): void;
  conversationErased(writer: Writer, conversation: number): void;
  /** Something expires at this time. */
  due(writer: Writer, at: number): void;
}

/** E1–E4: carries out tombstones, and takes with a deleted entry what speaks of it. */
export function deletionProjection(context: DeletionContext): Projection {
  return {
    name: "deletion",
    migrations: DELETION_MIGRATIONS,
    kinds: new Set([KIND.tombstone, KIND.conversation, KIND.draft, KIND.retention, KIND.text, ...ABOUT]),
    integrated(writer, entry, body) {
      if (entry.kind === KIND.tombstone) return tombstone(context, writer, entry, body);
      if (entry.kind === KIND.conversation) return conversation(context, writer);
      if (isAbout(entry.kind)) return about(context, writer, entry, body);
      if (entry.kind === KIND.draft) return draft(writer, entry);
      if (entry.kind === KIND.retention) return keepRetention(writer, entry, body);
      if (entry.kind === KIND.text) expires(context, writer, entry, body);
    },
    erased(writer, entry) {
      writer.erase(entriesAbout(writer, entry));
      writer.sql.run("delete from deletion_expiry where entry = ?", entry.row);
    },
    retracted(writer, entry) {
      if (entry.kind === KIND.tombstone) recall(context, writer);
    },
    conversationErased(writer, row) {
      for (const [table, entry] of DERIVED) dropErased(writer.sql, table, row, entry);
    },
  };
}

/** Only the own-devices log is heard: whoever else shares a conversation deletes nothing here (E1). */
function tombstone(parts: DeletionParts, writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = tombstoneSchema.safeParse(body);
  if (parsed.success && writer.conversation(entry.conversationRow)?.founding.kind === "self")
    applyTombstone(parts, writer, parsed.data, entry.hlc);
}

/** A conversation of which a tombstone spoke may be known from now on. */
function conversation(context: DeletionContext, writer: Writer): void {
  for (const { conversation: id } of writer.sql.all<{ conversation: Uint8Array }>("select distinct conversation from tombstone_cut")) {
    const known = writer.conversationById(id);
    if (known) takeCuts(context, writer, known);
  }
}

function about({ graves }: DeletionContext, writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const target = targetOf(body);
  const grave = graves.ofConversation({ row: entry.conversationRow, id: entry.conversation });
  if (!target) return;
  writer.sql.run(
    "insert or ignore into deletion_about (conversation, feed, incarnation, seq, entry) values (?, ?, ?, ?, ?)",
    ...[entry.conversationRow, target.feed, target.inc, target.seq, entry.row],
  );
  const named = { feed: target.feed, incarnation: target.inc, seq: target.seq };
  const held = writer.entryAt({ conversation: entry.conversation, ...named });
  const gone = (grave && inRanges(grave, named)) || (held && writer.body(held.row) === undefined);
  if (gone) writer.erase([entry.row]);
}

function targetOf(body: Cbor | undefined) {
  if (body === undefined || body === null || typeof body !== "object") return undefined;
  return entryRefSchema.safeParse((body as { target?: unknown }).target).data;
}

function entriesAbout(writer: Writer, { conversationRow, feed, incarnation, seq }: StoredEntry): number[] {
  return writer.sql
    .all<{ entry: number }>(
      "select entry from deletion_about where conversation = ? and feed = ? and incarnation = ? and seq = ?",
      ...[conversationRow, feed, incarnation, seq],
    )
    .map(({ entry }) => entry);
}

/** Whatever comes first: in the end the newest one is here, in the order of the log, and the others have no text. */
function draft(writer: Writer, entry: StoredEntry): void {
  const before = writer.sql.get<{ entry: number }>("select entry from deletion_draft where conversation = ?", entry.conversationRow)?.entry;
  const newest = writer.sql.get<{ row: number }>(
    "select row from entry where row in (?, ?) order by hlc_ms desc, hlc_n desc, hash desc limit 1",
    ...[before ?? entry.row, entry.row],
  )?.row;
  if (newest === undefined) return;
  writer.sql.run("insert or replace into deletion_draft (conversation, entry) values (?, ?)", entry.conversationRow, newest);
  writer.erase([before ?? entry.row, entry.row].filter((row) => row !== newest));
}

function expires({ due }: DeletionContext, writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const at = expiryOf(entry, body);
  if (at === undefined) return;
  if (at <= writer.now()) return writer.erase([entry.row]);
  writer.sql.run("insert or ignore into deletion_expiry (at, entry, conversation) values (?, ?, ?)", at, entry.row, entry.conversationRow);
  due(writer, at);
}

/**
 * C2: a tombstone was written behind the cut of its device, and does not count. What it erased here stays erased, but what comes
 * later is not met by it.
 */
function recall({ store, graves }: DeletionContext, writer: Writer): void {
  const own = writer.conversationByFounding({ kind: "self", account: writer.account.account });
  if (!own) return;
  graves.empty();
  const rows = writer.sql.all<{ row: number; feed: number; seq: number }>(
    "select row, feed, seq from entry where conversation = ? and kind = ? order by row",
    ...[own.row, KIND.tombstone],
  );
  for (const { row, feed, seq } of rows) {
    const parsed = tombstoneSchema.safeParse(writer.body(row));
    const entry = writer.entry(row);
    if (parsed.success && entry && seq <= store.feed(feed).integrated) graves.add(parsed.data, entry.hlc);
  }
}
