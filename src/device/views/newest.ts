import { type BridgeAccount, bridgeAccountSchema, type ConversationInfo, conversationInfoSchema } from "../../sync/content/bridged.ts";
import type { Conversation, Reader } from "../../sync/core.ts";
import { TOPIC } from "./projection.ts";

/** Name, topic and membership of a bridged conversation, as last said. */
export function conversationInfo(reader: Reader, conversation: number): ConversationInfo | undefined {
  const row = newestRow(reader, conversation, TOPIC.info);
  const parsed = row === undefined ? undefined : conversationInfoSchema.safeParse(reader.body(row));
  return parsed?.success ? parsed.data : undefined;
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

export function unreadCount(reader: Reader, conversation: number): number {
  return reader.sql.get<{ n: number }>("select count(*) as n from unread where conversation = ?", conversation)?.n ?? 0;
}

function newestRow(reader: Reader, conversation: number, topic: string): number | undefined {
  return reader.sql.get<{ entry: number }>("select entry from newest where conversation = ? and topic = ?", conversation, topic)?.entry;
}
