import type { z } from "zod";
import { type BridgeAccount, bridgeAccountSchema, type ConversationInfo, conversationInfoSchema } from "../../sync/content/bridged.ts";
import type { Conversation, Reader, StoredEntry, Writer } from "../../sync/core.ts";
import { stampOf } from "../../sync/log/stamp.ts";

/** Topics of the table of newest statements. */
export const TOPIC = {
  info: "info",
  draft: "draft",
  pin: "pin",
  mute: "mute",
  archive: "archive",
  retention: "retention",
  highlights: "highlights",
  ignored: "ignored",
} as const;
export const bridgeTopic = (bridge: string): string => `bridge/${bridge}`;

/** Name, topic and membership of a bridged conversation, as last said. */
export function conversationInfo(reader: Reader, conversation: number): ConversationInfo | undefined {
  return newestBody(reader, conversation, TOPIC.info, conversationInfoSchema);
}

/** The accounts of bridges on all own devices, the removed ones left out. */
export function bridgeAccounts(reader: Reader, ownLog: Conversation): BridgeAccount[] {
  const rows = reader.sql.all<{ entry: number }>(
    "select entry from newest where conversation = ? and topic >= 'bridge/' and topic < 'bridge0' order by topic",
    ownLog.row,
  );
  return rows.flatMap(({ entry }) => {
    const parsed = bridgeAccountSchema.safeParse(reader.body(entry));
    return parsed.success && !parsed.data.removed ? [parsed.data] : [];
  });
}

export function bridgeAccount(reader: Reader, ownLog: Conversation, bridge: string): BridgeAccount | undefined {
  return bridgeAccounts(reader, ownLog).find((account) => account.bridge === bridge);
}

/** What the newest statement on a topic says; undefined where there is none, or none that is still readable. */
export function newestBody<S extends z.ZodType>(reader: Reader, conversation: number, topic: string, schema: S): z.output<S> | undefined {
  const row = newestRow(reader, conversation, topic);
  return row === undefined ? undefined : schema.safeParse(reader.body(row)).data;
}

/** False where a newer statement is here already. */
export function replaceNewest(writer: Writer, entry: StoredEntry, topic: string): boolean {
  const { changes } = writer.sql.run(
    `insert into newest (conversation, topic, entry, stamp) values (?, ?, ?, ?)
     on conflict (conversation, topic) do update set entry = excluded.entry, stamp = excluded.stamp where excluded.stamp > newest.stamp`,
    ...[entry.conversationRow, topic, entry.row, stampOf(entry)],
  );
  return changes > 0;
}

function newestRow(reader: Reader, conversation: number, topic: string): number | undefined {
  return reader.sql.get<{ entry: number }>("select entry from newest where conversation = ? and topic = ?", conversation, topic)?.entry;
}
