import { standingOf } from "../account/resolve.ts";
import { KIND } from "../content/kinds.ts";
import { type CutBody, cutSchema } from "../content/own.ts";
import type { EntryRange, TombstoneBody } from "../content/deletion.ts";
import type { Conversation, Hlc, Writer } from "../core.ts";
import type { Cuts } from "../cuts/cuts.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { type Cbor, decodeCbor, encodeCbor } from "../encoding/cbor.ts";
import type { LogStore } from "../store/log-store.ts";
import type { Graveyard } from "./graveyard.ts";
import { isErasable } from "./kinds.ts";

export interface DeletionParts {
  store: LogStore;
  graves: Graveyard;
  cuts: Cuts;
  /** C1: what a deleted conversation said about revoked devices stays known. */
  cut(writer: Writer, conversation: number, body: CutBody): void;
  /** Tells every component that a conversation is empty (E3). */
  conversationErased(writer: Writer, conversation: number): void;
}

interface Found {
  row: number;
  kind: number;
}

/** E1, E2: erases what the tombstone names and is here. What comes later is met by the graveyard. */
export function applyTombstone(parts: DeletionParts, writer: Writer, body: TombstoneBody, said: Hlc): void {
  const more = parts.graves.add(body, said);
  for (const cut of body.cuts ?? [])
    writer.sql.run("insert into tombstone_cut (conversation, body) values (?, ?)", body.conversation, encodeCbor(cutFields(cut)));
  const conversation = writer.conversationById(body.conversation);
  if (!conversation) return;
  takeCuts(parts, writer, conversation);
  if (!more) return;
  for (const range of body.ranges ?? []) eraseRange(parts, writer, conversation, range);
  if (body.before !== undefined) eraseOld(writer, conversation, body.before);
  if (body.all !== undefined) eraseAll(parts, writer, conversation, said);
  if (body.all !== undefined && conversation.founding.kind !== "self") repeatCuts(parts, writer, conversation, body.cuts ?? []);
}

/** What tombstones said about a conversation, once it is known here. */
export function takeCuts(parts: DeletionParts, writer: Writer, { row, id }: Conversation): void {
  const said = writer.sql.all<{ body: Uint8Array }>("select body from tombstone_cut where conversation = ?", id);
  writer.sql.run("delete from tombstone_cut where conversation = ?", id);
  for (const { body } of said) {
    const parsed = cutSchema.safeParse(decodeCbor(body));
    if (parsed.success) parts.cut(writer, row, parsed.data);
  }
}

const cutFields = ({ device, feeds }: CutBody): Cbor => ({ device, feeds: feeds.map((feed) => ({ ...feed })) });

/** C1: a cut that the deleting device did not know yet would go with the entry that said it. */
function repeatCuts({ cuts }: DeletionParts, writer: Writer, { row }: Conversation, said: readonly CutBody[]): void {
  if (standingOf(writer.account, writer.self)?.state !== "admitted") return;
  for (const { device, feeds } of cuts.of(row)) {
    const known = said.find((other) => sameBytes(other.device, device));
    const isCovered = known && feeds.every(({ inc, seq }) => known.feeds.some((feed) => sameBytes(feed.inc, inc) && feed.seq >= seq));
    if (!isCovered) writer.append(row, KIND.cut, cutFields({ device, feeds }));
  }
}

function eraseRange({ store }: DeletionParts, writer: Writer, conversation: Conversation, { feed, inc, from, to }: EntryRange): void {
  const held = store.findFeed(conversation.row, feed, inc);
  if (!held) return;
  const sql = "select row, kind from entry where feed = ? and seq >= ? and seq <= ? and body is not null";
  writer.erase(erasable(writer.sql.all<Found>(sql, held.row, from, to)));
}

/** Old messages leave no line: nobody deleted them one by one. */
function eraseOld(writer: Writer, conversation: Conversation, before: number): void {
  const rows = writer.sql.all<Found>(
    "select row, kind from entry where conversation = ? and shown = 1 and place_ms < ? and hlc_ms < ?",
    ...[conversation.row, before, before],
  );
  hide(writer, erasable(rows));
}

function eraseAll(parts: DeletionParts, writer: Writer, conversation: Conversation, said: Hlc): void {
  if (conversation.founding.kind === "self") return eraseOwn(writer, conversation, said);
  const upTo = parts.graves.of(conversation.id)?.all ?? said;
  parts.store.collapse(conversation.row, upTo);
  parts.conversationErased(writer, conversation.row);
  if (parts.graves.of(conversation.id)?.blocked) eraseLater(writer, conversation);
}

function eraseOwn(writer: Writer, { row }: Conversation, upTo: Hlc): void {
  const rows = writer.sql.all<Found>(
    "select row, kind from entry where conversation = ? and (shown = 1 or body is not null) and (hlc_ms, hlc_n) <= (?, ?)",
    ...[row, upTo.ms, upTo.n],
  );
  hide(writer, erasable(rows));
}

function eraseLater(writer: Writer, { row }: Conversation): void {
  hide(writer, erasable(writer.sql.all<Found>("select row, kind from entry where conversation = ? and body is not null", row)));
}

function erasable(rows: readonly Found[]): number[] {
  return rows.filter(({ kind }) => isErasable(kind)).map(({ row }) => row);
}

function hide(writer: Writer, rows: readonly number[]): void {
  writer.erase(rows);
  for (const row of rows) writer.sql.run("update entry set shown = 0 where row = ?", row);
}
