import type { Message } from "../../api/messages.ts";
import { compareLabels, LABELS, type SecurityFacts, type SecurityLabel } from "../../security-labels/index.ts";
import { type Bridged, bridgedSchema } from "../../sync/content/bridged.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { type EntryRef, expiryOf, textSchema } from "../../sync/content/text.ts";
import type { Files } from "../../sync/files/files.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";
import { conversationText, deviceText, messageText } from "../../sync/log/public-id.ts";
import { attentionOf, gradeOf } from "./attention.ts";
import { personOf } from "./author.ts";
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
  const replyTo = reply(context, entry, text?.replyTo);
  if (context.reader.conversation(entry.conversationRow)?.founding.kind === "self") {
    const facts = { e2ee: "homeport", peer: "self" } as const;
    return { ...said, ...replyTo, label: "e2ee-device", facts, trust: null, state: ownState(context.reader, entry) };
  }
  const { delivery, ...state } = deliveryOf(context.reader, entry);
  const label = delivery?.label ?? context.liveLabel(entry.conversationRow);
  const code = delivery?.code === undefined ? {} : { code: delivery.code.slice(0, 64) };
  return { ...said, ...replyTo, ...state, ...code, label, facts: delivery?.facts ?? NOTHING_MEASURED, trust: null };
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
  const { shape, text, ts } = parsed.data;
  const notes = notesOf(context.reader, entry, personOf(context.reader, entry, parsed.data.from));
  // What is shown is as little protected as any part of it was.
  const worse = notes.heard && compareLabels(notes.heard.label, parsed.data.label) < 0 ? notes.heard : parsed.data;
  return {
    ...common,
    ...reply(context, entry, parsed.data.replyTo),
    ...standing(context.reader, entry, parsed.data),
    ...notes.fields,
    from: parsed.data.from,
    ts,
    text: notes.text ?? text,
    kind: shape,
    label: worse.label,
    facts: worse.facts,
    trust: null,
    state: "received",
  };
}

function standing(reader: Reader, entry: StoredEntry, line: Bridged): Pick<Message, "mention" | "ignored"> {
  if (line.from.self) return {};
  const founding = reader.conversation(entry.conversationRow)?.founding;
  const { mention, hidden } = gradeOf(attentionOf(reader), founding?.kind === "bridge" ? founding.bridge : undefined, line);
  return { ...(mention ? { mention } : {}), ...(hidden ? { ignored: true } : {}) };
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
    order: [entry.place.ms, entry.place.n, entry.hlc.ms, entry.hlc.n].map((part, n) => hex(part, n % 2 === 0 ? 12 : 4)).join(""),
  };
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

function reply(context: MessageContext, entry: StoredEntry, ref: EntryRef | undefined): Pick<Message, "replyTo" | "replyGone" | "quote"> {
  if (!ref) return {};
  const { reader } = context;
  const address = { conversation: entry.conversation, feed: ref.feed, incarnation: ref.inc, seq: ref.seq };
  const target = reader.entryAt(address);
  const replyGone = target && goneOf(reader, target);
  const quote = target && replyGone === undefined ? quoteOf(context, target) : undefined;
  return { replyTo: messageText(address), ...(replyGone === undefined ? {} : { replyGone }), ...(quote ? { quote } : {}) };
}

/** UTF-16 code units of what is answered. */
const MAX_QUOTE = 200;

function quoteOf({ reader, nameOf }: MessageContext, target: StoredEntry): Message["quote"] {
  const body = reader.body(target.row);
  if (target.kind === KIND.text) {
    const text = textSchema.safeParse(body).data;
    return text && { from: nameOf(target.feed), self: true, text: (notesOf(reader, target).text ?? text.text).slice(0, MAX_QUOTE) };
  }
  const line = bridgedSchema.safeParse(body).data;
  const now = line && notesOf(reader, target, personOf(reader, target, line.from)).text;
  return line && { from: line.from.name, self: line.from.self, text: (now ?? line.text).slice(0, MAX_QUOTE) };
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
