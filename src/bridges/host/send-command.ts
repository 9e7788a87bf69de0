import { textSchema } from "../../sync/content/text.ts";
import type { EntryRef } from "../../sync/content/text.ts";
import type { Reader } from "../../sync/core.ts";
import { bridgedSchema } from "../../sync/content/bridged.ts";
import type { Command, MsgRef } from "../contract/index.ts";
import type { ConvRecord } from "./conversation-table.ts";
import { type OutboxMessage, partsOf, type StoredPart } from "./outbox-table.ts";

/** Undefined where the text of the message is not there any more. */
export function commandOf(
  reader: Reader,
  message: OutboxMessage,
  conversation: ConvRecord,
  part: StoredPart,
  index: number,
): Command | undefined {
  const text = textSchema.safeParse(reader.body(message.entry)).data;
  if (!text || part.text === undefined) return undefined;
  const replyTo = index === 0 && text.replyTo ? remoteOf(reader, message, conversation, text.replyTo) : undefined;
  return {
    op: "send",
    txn: part.txn,
    conv: conversation.conv,
    attempt: Math.max(part.attempt, 1),
    createdAt: message.created,
    minLabel: message.minLabel,
    style: text.style,
    body: { text: part.text, format: "plain" },
    ...(replyTo && { replyTo }),
  };
}

/** How the network calls an entry of the conversation. */
function remoteOf(reader: Reader, message: OutboxMessage, { conv }: ConvRecord, { feed, inc, seq }: EntryRef): MsgRef | undefined {
  const own = reader.entry(message.entry);
  const target = own && reader.entryAt({ conversation: own.conversation, feed, incarnation: inc, seq });
  if (!target) return undefined;
  const id = bridgedSchema.safeParse(reader.body(target.row)).data?.remote ?? partsOf(reader, target.row)[0]?.refs[0];
  return id === undefined ? undefined : { conv, id };
}
