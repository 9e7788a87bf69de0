import type { Message } from "../../api/messages.ts";
import { LABELS, type SecurityFacts, type SecurityLabel } from "../../security-labels/index.ts";
import { bridgedSchema } from "../../sync/content/bridged.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { type EntryRef, expiryOf, textSchema } from "../../sync/content/text.ts";
import type { Files } from "../../sync/files/files.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";
import { conversationText, deviceText, messageText } from "../../sync/log/public-id.ts";
import { deliveryOf } from "./delivery.ts";
import { fileRowsOf } from "./files.ts";
import { ownState } from "./own-state.ts";
import { notesOf } from "./shown.ts";

export interface MessageContext {
  reader: Reader;
  files: Files;
  /** A device's name for people. */
  nameOf(device: Uint8Array): string;
  /** What a message to this conversation would get now. */
  liveLabel(conversation: number): SecurityLabel;
}

const NOTHING_MEASURED: SecurityFacts = { link: { kind: "none", verified: false, measuredBy: "host" }, source: "live" };

/** An entry as the API shows it; undefined for kinds that are no lines of their own. */
export function messageOf(context: MessageContext, entry: StoredEntry): Message | undefined {
  switch (entry.kind) {
    case KIND.text:
      return textMessage(context, entry);
    case KIND.bridged:
      return bridgedMessage(context, entry);
    default:
      return undefined;
  }
}

function textMessage(context: MessageContext, entry: StoredEntry): Message {
  const parsed = textSchema.safeParse(context.reader.body(entry.row));
  const text = parsed.success ? parsed.data : undefined;
  const { from, ...common } = commonOf(entry);
  const notes = text && notesOf(context.reader, entry);
  const expires = text && expiryOf(entry.hlc, text);
  const said = {
    ...common,
    from: { ...from, name: context.nameOf(entry.feed), self: true },
    text: notes?.text ?? text?.text ?? "",
    kind: text?.style ?? "other",
    ...(text?.files === undefined ? {} : { files: fileRowsOf(context.files, entry, text.files) }),
    ...deletion(context.reader, entry, text),
    ...notes?.fields,
    ...(expires === undefined ? {} : { expires }),
  } as const;
  const replyTo = reply(context.reader, entry, text?.replyTo);
  if (context.reader.conversation(entry.conversationRow)?.founding.kind === "self") {
    const facts = { e2ee: "homeport", peer: "self" } as const;
    return { ...said, ...replyTo, label: "e2ee-device", facts, trust: null, state: ownState(context.reader, entry) };
  }
  const { delivery, ...state } = deliveryOf(context.reader, entry);
  const label = delivery?.label ?? context.liveLabel(entry.conversationRow);
  return { ...said, ...replyTo, ...state, label, facts: delivery?.facts ?? NOTHING_MEASURED, trust: null };
}

function bridgedMessage(context: MessageContext, entry: StoredEntry): Message {
  const parsed = bridgedSchema.safeParse(context.reader.body(entry.row));
  const { from, ...common } = commonOf(entry);
  if (!parsed.success)
    return {
      ...common,
      from: { ...from, name: "", self: false },
      text: "",
      kind: "other",
      ...deletion(context.reader, entry, undefined),
      label: LABELS[0],
      facts: NOTHING_MEASURED,
      trust: null,
      state: "received",
    };
  const { shape, label, facts, text, ts } = parsed.data;
  return {
    ...common,
    ...reply(context.reader, entry, parsed.data.replyTo),
    ...notesOf(context.reader, entry).fields,
    from: parsed.data.from,
    ts,
    text,
    kind: shape,
    label,
    facts,
    trust: null,
    state: "received",
  };
}

/** E2: its body is gone; one that does not decode is of a form that this version does not know. */
function deletion(reader: Reader, entry: StoredEntry, content: unknown): { deleted?: true } {
  return content === undefined && reader.body(entry.row) === undefined ? { deleted: true } : {};
}

function commonOf(entry: StoredEntry) {
  return {
    id: messageText(entry),
    conversation: conversationText(entry.conversation),
    from: { id: deviceText(entry.feed) },
    ts: entry.hlc.ms,
    arrived: entry.arrived,
  };
}

function reply(reader: Reader, entry: StoredEntry, ref: EntryRef | undefined): Pick<Message, "replyTo" | "replyGone"> {
  if (!ref) return {};
  const address = { conversation: entry.conversation, feed: ref.feed, incarnation: ref.inc, seq: ref.seq };
  const target = reader.entryAt(address);
  const replyGone = target && goneOf(reader, target);
  return { replyTo: messageText(address), ...(replyGone === undefined ? {} : { replyGone }) };
}

/** C4: an entry that is here and not integrated was written behind the cut of its device, or a reply would not stand before it. */
function goneOf(reader: Reader, target: StoredEntry): Message["replyGone"] {
  const held = reader.sql.get<{ erased: number; withdrawn: number }>(
    "select e.body is null as erased, e.seq > f.integrated as withdrawn from entry e join feed f on f.row = e.feed where e.row = ?",
    target.row,
  );
  if (held?.withdrawn === 1) return "withdrawn";
  return held?.erased === 1 ? "deleted" : undefined;
}
