import { bridgedSchema } from "../../sync/content/bridged.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { textSchema } from "../../sync/content/text.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";
import type { Act, BridgeErrorData, Command, MsgRef } from "../contract/index.ts";
import { canCarry } from "./carriable.ts";
import type { ConvRecord } from "./conversation-table.ts";
import { isOvertaken, type Note, reactionSet, readNote, targetOf } from "./notes.ts";
import { messageOf, type OutboxMessage, partsOf, type StoredPart } from "./outbox-table.ts";

export const TEXT_DELETED: BridgeErrorData = { code: "not-found", sent: "no", message: "Its text was deleted." };

/** What the plugin is asked to do for a part, or why it is not asked. */
export type Order = { command: Command } | { error: BridgeErrorData };

export function commandOf(reader: Reader, message: OutboxMessage, conversation: ConvRecord, part: StoredPart, index: number): Order {
  const entry = reader.entry(message.entry);
  const act = entry && part.text !== undefined ? actOf(reader, entry, conversation, part.text, index) : TEXT_DELETED;
  if ("code" in act) return { error: act };
  const { conv } = conversation;
  const { txn, attempt } = part;
  return { command: { txn, conv, attempt: Math.max(attempt, 1), createdAt: message.created, minLabel: message.minLabel, ...act } };
}

function actOf(reader: Reader, entry: StoredEntry, conversation: ConvRecord, text: string, index: number): Act | BridgeErrorData {
  const body = reader.body(entry.row);
  if (entry.kind === KIND.text) return sendOf(reader, entry, conversation, text, index) ?? TEXT_DELETED;
  const note = readNote(entry.kind, body);
  if (!note) return TEXT_DELETED;
  return canCarry(conversation.caps, note.kind) ?? noteOf(reader, entry, conversation, note);
}

function sendOf(reader: Reader, entry: StoredEntry, conversation: ConvRecord, text: string, index: number): Act | undefined {
  const body = textSchema.safeParse(reader.body(entry.row)).data;
  if (!body) return undefined;
  const target = index === 0 && body.replyTo ? targetOf(reader, entry, body.replyTo) : undefined;
  const id = target && remoteIds(reader, target)[0];
  const replyTo = id === undefined ? undefined : { conv: conversation.conv, id };
  return { op: "send", style: body.style, body: { text, format: "plain" }, ...(replyTo && { replyTo }) };
}

function noteOf(reader: Reader, entry: StoredEntry, { conv }: ConvRecord, note: Note): Act | BridgeErrorData {
  const target = targetOf(reader, entry, note.target);
  const ids = target ? remoteIds(reader, target) : [];
  const [id] = ids;
  if (!target || id === undefined) return no("not-found", whyUnknown(reader, target));
  const ref: MsgRef = { conv, id };
  if (note.kind === "react") return { op: "react", target: ref, set: reactionSet(reader, entry, note) };
  if (target.kind !== KIND.text) return no("forbidden", "Only the author of a message can edit it.");
  if (ids.length > 1) return no("unsupported", "The message went out in several parts and cannot be edited there.");
  if (isOvertaken(reader, entry, note)) return no("unsupported", "A newer edit has taken its place.");
  return { op: "edit", target: ref, body: { text: note.text, format: "plain" } };
}

/** How the network calls an entry of the conversation: one id for each part. */
function remoteIds(reader: Reader, target: StoredEntry): string[] {
  if (target.kind === KIND.text) return partsOf(reader, target.row).flatMap(({ refs }) => refs.slice(0, 1));
  const heard = bridgedSchema.safeParse(reader.body(target.row)).data;
  return heard?.remote === undefined ? [] : [heard.remote];
}

function whyUnknown(reader: Reader, target: StoredEntry | undefined): string {
  const state = target?.kind === KIND.text ? messageOf(reader, target.row)?.state : undefined;
  if (state === "failed" || state === "queued") return "The message itself was not sent.";
  if (state === "in-doubt") return "Nobody knows whether the message itself was sent.";
  return "The network gave no name to the message, so that nothing can be said about it there.";
}

function no(code: BridgeErrorData["code"], message: string): BridgeErrorData {
  return { code, sent: "no", message };
}
