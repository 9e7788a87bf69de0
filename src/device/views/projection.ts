import { bridgeAccountSchema, bridgedSchema, deliverySchema } from "../../sync/content/bridged.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { readMarkerSchema } from "../../sync/content/own.ts";
import type { EntryRef } from "../../sync/content/text.ts";
import type { Projection, Reader, StoredEntry, Writer } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { STATE_NUMBER } from "./states.ts";

/** Topics of the table of newest statements. */
export const TOPIC = { info: "info", read: "read", bridge: (bridge: string) => `bridge/${bridge}` } as const;

const MIGRATIONS = [
  `
  -- Of statements that replace each other, the newest by hlc.
  create table newest (conversation integer not null, topic text not null, entry integer not null, hlc_ms integer not null, hlc_n integer not null,
    primary key (conversation, topic)) without rowid;
  -- The delivery entry that says what became of an own message; state as in states.ts.
  create table message_state (entry integer primary key, delivery integer not null, state integer not null, hlc_ms integer not null, hlc_n integer not null);
  create index message_state_state on message_state (state);
  -- Messages of others that came after the read marker; n as in the change table.
  create table unread (conversation integer not null, n integer not null, primary key (conversation, n)) without rowid;
  `,
];

/** Keeps what the views of conversations need beside the log itself. */
export const viewsProjection: Projection = {
  name: "views",
  migrations: MIGRATIONS,
  integrated(writer, entry, body) {
    switch (entry.kind) {
      case KIND.text:
        if (!isOwnAccount(writer, entry)) countUnread(writer, entry);
        return;
      case KIND.bridged:
        return bridged(writer, entry, body);
      case KIND.delivery:
        return delivery(writer, entry, body);
      case KIND.conversationInfo:
        replace(writer, entry, TOPIC.info);
        return;
      case KIND.bridgeAccount:
        return account(writer, entry, body);
      case KIND.readMarker:
        return readMarker(writer, entry, body);
    }
  },
};

/** The entry of the conversation that a body refers to; undefined where it is not here. */
function referred(reader: Reader, entry: StoredEntry, ref: EntryRef): StoredEntry | undefined {
  return reader.entryAt({ conversation: entry.conversation, feed: ref.feed, incarnation: ref.inc, seq: ref.seq });
}

/** Conversations so far are shared by own devices only, so that every text in them is the person's own. */
function isOwnAccount(writer: Writer, entry: StoredEntry): boolean {
  const kind = writer.conversation(entry.conversationRow)?.founding.kind;
  return kind === "self" || kind === "bridge";
}

function bridged(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = bridgedSchema.safeParse(body);
  if (!parsed.success || parsed.data.from.self || parsed.data.placed) return;
  if (parsed.data.shape === "text" || parsed.data.shape === "action" || parsed.data.shape === "notice") countUnread(writer, entry);
}

function countUnread(writer: Writer, entry: StoredEntry): void {
  writer.sql.run(
    "insert or ignore into unread (conversation, n) select conversation, n from change where entry = ? and what = 1",
    entry.row,
  );
}

function delivery(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = deliverySchema.safeParse(body);
  const target = parsed.success ? referred(writer, entry, parsed.data.target) : undefined;
  if (!parsed.success || target?.kind !== KIND.text) return;
  const { changes } = writer.sql.run(
    `insert into message_state (entry, delivery, state, hlc_ms, hlc_n) values (?, ?, ?, ?, ?)
     on conflict (entry) do update set delivery = excluded.delivery, state = excluded.state, hlc_ms = excluded.hlc_ms, hlc_n = excluded.hlc_n
       where (excluded.hlc_ms, excluded.hlc_n) > (message_state.hlc_ms, message_state.hlc_n)`,
    ...[target.row, entry.row, STATE_NUMBER[parsed.data.state], entry.hlc.ms, entry.hlc.n],
  );
  if (changes > 0) writer.touch(target.row);
}

function account(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = bridgeAccountSchema.safeParse(body);
  if (parsed.success) replace(writer, entry, TOPIC.bridge(parsed.data.bridge));
}

function readMarker(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = readMarkerSchema.safeParse(body);
  const upTo = parsed.success ? referred(writer, entry, parsed.data.upTo) : undefined;
  if (!upTo || !replace(writer, entry, TOPIC.read)) return;
  // B8: the marker follows arrival, so that a late entry is seen.
  writer.sql.run(
    "delete from unread where conversation = ? and n <= (select n from change where entry = ? and what = 1)",
    ...[entry.conversationRow, upTo.row],
  );
}

function replace(writer: Writer, entry: StoredEntry, topic: string): boolean {
  const { changes } = writer.sql.run(
    `insert into newest (conversation, topic, entry, hlc_ms, hlc_n) values (?, ?, ?, ?, ?)
     on conflict (conversation, topic) do update set entry = excluded.entry, hlc_ms = excluded.hlc_ms, hlc_n = excluded.hlc_n
       where (excluded.hlc_ms, excluded.hlc_n) > (newest.hlc_ms, newest.hlc_n)`,
    ...[entry.conversationRow, topic, entry.row, entry.hlc.ms, entry.hlc.n],
  );
  return changes > 0;
}
