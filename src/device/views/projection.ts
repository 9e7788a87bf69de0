import { bridgeAccountSchema } from "../../sync/content/bridged.ts";
import { draftSchema, muteSchema, retentionSchema, switchSchema } from "../../sync/content/chat.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { highlightsSchema, ignoredSchema } from "../../sync/content/own.ts";
import type { Projection, StoredEntry, Writer } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { takeDelivery, takeEarlyDeliveries } from "./deliveries.ts";
import { VIEW_MIGRATIONS } from "./schema.ts";
import { bridgeTopic, replaceNewest, TOPIC } from "./newest.ts";
import { gradeUnread } from "./attention.ts";
import { forgetNote, takeEdit, takeHeardEdit, takeHeardReactions, takePin, takeReaction } from "./notes.ts";
import { countBridged, countManyBridged, forgetUnread, takeMarker } from "./unread.ts";
import { dropErased } from "../../sync/store/derived.ts";

/** Kinds of which the newest of a conversation holds: under which topic, and what a body must be. */
const STATEMENTS = new Map([
  [KIND.draft as number, { topic: TOPIC.draft, schema: draftSchema }],
  [KIND.pinConversation, { topic: TOPIC.pin, schema: switchSchema }],
  [KIND.mute, { topic: TOPIC.mute, schema: muteSchema }],
  [KIND.archive, { topic: TOPIC.archive, schema: switchSchema }],
  [KIND.retention, { topic: TOPIC.retention, schema: retentionSchema }],
  [KIND.highlights, { topic: TOPIC.highlights, schema: highlightsSchema }],
  [KIND.ignored, { topic: TOPIC.ignored, schema: ignoredSchema }],
]);

/** Tables, and which entry a row of theirs stands on. */
const DERIVED = [
  ["newest", "e.row = newest.entry"],
  ["note", "e.row = note.entry"],
  ["unread_message", "e.feed = unread_message.feed and e.seq = unread_message.seq"],
  ["early_delivery", "e.row = early_delivery.delivery"],
] as const;

/** Keeps what the views of conversations need beside the log itself: what comes out does not depend on the order in which entries came. */
export const viewsProjection: Projection = {
  name: "views",
  migrations: VIEW_MIGRATIONS,
  integrated(writer, entry, body) {
    takeEarlyDeliveries(writer, entry);
    switch (entry.kind) {
      case KIND.bridged:
        return countBridged(writer, entry, body);
      case KIND.delivery:
        return takeDelivery(writer, entry, body);
      case KIND.conversationInfo:
        if (replaceNewest(writer, entry, TOPIC.info)) writer.touchConversation(entry.conversationRow);
        return;
      case KIND.bridgeAccount:
        return account(writer, entry, body);
      case KIND.readMarker:
        return takeMarker(writer, entry, body);
      case KIND.edit:
        return takeEdit(writer, entry, body);
      case KIND.reaction:
        return takeReaction(writer, entry, body);
      case KIND.heardEdit:
        return takeHeardEdit(writer, entry, body);
      case KIND.heardReactions:
        return takeHeardReactions(writer, entry, body);
      case KIND.pinMessage:
        return takePin(writer, entry, body);
      default:
        return statement(writer, entry, body);
    }
  },
  integratedMany(writer, entries) {
    const bridged = entries.filter(({ entry }) => entry.kind === KIND.bridged);
    countManyBridged(writer, bridged);
    if (bridged.length === entries.length) return;
    for (const { entry, body } of entries) if (entry.kind !== KIND.bridged) this.integrated?.(writer, entry, body);
  },
  erased(writer, entry) {
    forgetUnread(writer, entry);
    forgetNote(writer, entry);
    writer.sql.run("delete from newest where entry = ?", entry.row);
    writer.sql.run("delete from message_state where entry = ?", entry.row);
  },
  conversationErased(writer, conversation) {
    for (const [table, entry] of DERIVED) dropErased(writer.sql, table, conversation, entry);
    // Its entries are gone: what was told of them speaks of nothing.
    writer.sql.run("delete from message_state where entry not in (select row from entry)");
  },
};

function statement(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const kind = STATEMENTS.get(entry.kind);
  if (!kind?.schema.safeParse(body).success) return;
  if (!replaceNewest(writer, entry, kind.topic)) return;
  writer.touchConversation(entry.conversationRow);
  if (entry.kind === KIND.highlights || entry.kind === KIND.ignored) gradeUnread(writer);
}

function account(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = bridgeAccountSchema.safeParse(body);
  if (parsed.success) replaceNewest(writer, entry, bridgeTopic(parsed.data.bridge));
}
