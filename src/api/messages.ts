import { z } from "zod";
import { fileRow } from "./file-row.ts";
import { noticeRow } from "./account.ts";
import { MAX_REACTION, reactionText } from "../sync/content/notes.ts";
import { MAX_TTL, MIN_TTL } from "../sync/content/text.ts";
import { chatRow } from "./chats.ts";
import { moment } from "./moments.ts";
import { cursor, facts, id, label, messageKind, messageText, short, time, trust } from "./common.ts";

/** Incoming `received`; to a network `queued` to `failed`; between Homeport devices `here` to `everywhere`. */
const MESSAGE_STATES = ["received", "queued", "sent", "in-doubt", "failed", "here", "stored", "delivered", "everywhere"] as const;
export const messageState = z.enum(MESSAGE_STATES);
export type MessageState = z.output<typeof messageState>;

/** Reactions of one kind to a message. */
const reaction = z.object({
  emoji: z.string().max(MAX_REACTION),
  count: z.int().positive(),
  /** The person's own is among them. */
  self: z.boolean(),
});

/** An own edit or reaction that did not reach the network (yet), so that the message is not shown with it. */
const unsent = z.object({
  id,
  what: z.enum(["edit", "reaction"]),
  /** The new text, or the emoji. */
  text: messageText,
  /** False where a reaction is taken back. */
  on: z.boolean(),
  state: messageState,
  reason: short.optional(),
});

export const message = z.object({
  id,
  conversation: id,
  from: z.object({ id: short, name: short, self: z.boolean() }),
  /** By the author's clock or the network's. */
  ts: time,
  /** By the clock of the device that is asked. */
  arrived: time,
  /** Where it stands in the view: an earlier one has a smaller text here, by code units. Opaque. */
  order: z.string().max(64).optional(),
  text: messageText,
  kind: messageKind,
  label,
  facts,
  /** Null where the network knows no keys of people. */
  trust: trust.nullable(),
  state: messageState,
  /** One sentence: why it failed or is in doubt. */
  reason: short.optional(),
  /** Stable code of why it failed, e.g. `insecure`: the connection gave less than the message asked for. */
  code: z.string().max(64).optional(),
  /** It names the person, by nick or by a highlight word. */
  mention: z.boolean().optional(),
  /** Its author is on the ignore list. */
  ignored: z.boolean().optional(),
  replyTo: id.optional(),
  /** What it answers, where that is here; the text cut to 200 characters. */
  quote: z.object({ from: short, self: z.boolean(), text: z.string().max(200) }).optional(),
  /** What it answers cannot be shown: its text is deleted, or its device was shut out before it wrote that. */
  replyGone: z.enum(["deleted", "withdrawn"]).optional(),
  edited: z.boolean().optional(),
  deleted: z.boolean().optional(),
  files: z.array(fileRow).max(16).optional(),
  reactions: z.array(reaction).max(100).optional(),
  pinned: z.boolean().optional(),
  /** When it goes from every device. */
  expires: time.optional(),
  unsent: z.array(unsent).max(20).optional(),
});
export type Message = z.output<typeof message>;

const sent = z.object({ id, state: messageState });
const position = {
  before: id.optional(),
  after: id.optional(),
  around: id.optional(),
  at: time.optional(),
  unread: z.literal(true).optional(),
};

export const watchEvent = z.discriminatedUnion("event", [
  z.object({ event: z.literal("ready"), cursor }),
  z.object({ event: z.literal("message"), cursor, message }),
  z.object({
    event: z.literal("state"),
    cursor,
    id,
    state: messageState,
    reason: short.optional(),
    code: z.string().max(64).optional(),
    /** How it travelled, once it was sent. */
    label: label.optional(),
    facts: facts.optional(),
  }),
  /** A file came further, or is not going to come for now; not kept for who was away. */
  z.object({ event: z.literal("file"), cursor, file: fileRow }),
  /** Something about the account that the person has to know of; comes again at each start until it is acknowledged. */
  z.object({ event: z.literal("notice"), cursor, notice: noticeRow }),
  /** A message that was told of before is shown differently: edited, reacted to, pinned. */
  z.object({ event: z.literal("changed"), cursor, message }),
  /** A conversation stands differently in the list; what `message` events tell of is not repeated here. */
  z.object({ event: z.literal("chat"), cursor, chat: chatRow }),
  /** Who types or is there, as a network tells it; not kept for who was away. */
  z.object({ event: z.literal("moment"), cursor, moment }),
  /** A conversation is not in the list any more: closed or deleted. */
  z.object({ event: z.literal("gone"), cursor, conversation: id }),
]);
export type WatchEvent = z.output<typeof watchEvent>;

export const messageMethods = {
  send: {
    summary: "Stores a message and queues it; it is safe once this resolves.",
    params: z.strictObject({
      conversation: id,
      text: messageText.min(1),
      style: z.enum(["text", "action", "notice"]).default("text"),
      /** Not under a worse label than this. */
      minLabel: label.optional(),
      replyTo: id.optional(),
      /** Seconds after which it goes from every device; only between Homeport devices. */
      expires: z.int().min(MIN_TTL).max(MAX_TTL).optional(),
    }),
    result: sent,
  },
  edit: {
    summary: "Gives an own message another text.",
    params: z.strictObject({ message: id, text: messageText.min(1) }),
    result: sent,
  },
  react: {
    summary: "Puts a reaction to a message, or takes it back.",
    params: z.strictObject({ message: id, emoji: reactionText, on: z.boolean().default(true) }),
    result: sent,
  },
  "message.pin": {
    summary: "Pins a message in its conversation, or unpins it.",
    params: z.strictObject({ message: id, on: z.boolean().default(true) }),
    result: z.object({ id, pinned: z.boolean() }),
  },
  "message.wait": {
    summary: "Resolves once an own message, edit or reaction is sent, delivered, in doubt or failed.",
    params: z.strictObject({ id }),
    result: sent.extend({ code: z.string().max(64).optional(), reason: short.optional() }),
  },
  read: {
    summary:
      "Messages of a conversation, oldest first in the order of the view: the newest; or those before, after or around one of them, from a time on, or around the first unread one.",
    /** At most one of `before`, `after`, `around`, `at` and `unread`. */
    params: z.strictObject({ conversation: id, limit: z.int().min(1).max(500).default(50), ...position }),
    /** Fewer than `limit` come where they would be too large together; `more` says that older ones are there, `newer` that newer ones are. */
    result: z.object({
      messages: z.array(message).max(500),
      more: z.boolean(),
      newer: z.boolean(),
      /** The one that `around`, `at` or `unread` led to; null where there is none, and the newest came instead. */
      place: id.nullable(),
    }),
  },
  "message.versions": {
    summary: "What a message said, oldest first: its own text, and those of its edits that count.",
    params: z.strictObject({ message: id }),
    result: z.array(z.object({ text: messageText, ts: time })).max(100),
  },
  "message.pins": {
    summary: "The pinned messages of a conversation, the last pinned first.",
    params: z.strictObject({ conversation: id, limit: z.int().min(1).max(200).default(50) }),
    result: z.array(message).max(200),
  },
  "message.parts": {
    summary: "As how many messages a text would go to the network. `exact`: as its bridge says; else by the limit that is known.",
    params: z.strictObject({ conversation: id, text: messageText, style: z.enum(["text", "action", "notice"]).default("text") }),
    result: z.object({ parts: z.int().nonnegative(), exact: z.boolean() }),
  },
  mark: {
    summary: "Sets the read marker: everything that arrived up to this message has been seen.",
    params: z.strictObject({ conversation: id, upTo: id }),
    result: z.object({ conversation: id, upTo: id }),
  },
  watch: {
    summary: "What comes in and what changes, from now on or after a cursor, until it is cancelled.",
    params: z.strictObject({ conversation: id.optional(), after: cursor.optional() }),
    event: watchEvent,
    result: z.object({}),
  },
} as const;
