import { z } from "zod";
import { MAX_RETENTION_DAYS } from "../sync/content/chat.ts";
import { MAX_HIGHLIGHTS, MAX_IGNORED } from "../sync/content/own.ts";
import { id, label, messageKind, messageText, nothing, short, time, trust } from "./common.ts";

export const chatRow = z.object({
  conversation: id,
  name: short,
  /** `homeport` for its own. */
  network: z.string().min(1).max(64),
  /** The bridge's account. */
  account: id.optional(),
  kind: z.enum(["channel", "group", "direct", "self"]),
  /** What the next message would get. */
  label,
  trust: trust.optional(),
  unread: z.int().nonnegative(),
  /** Of the unread ones, those that name the person. */
  mentions: z.int().nonnegative(),
  muted: z.boolean(),
  /** Absent where it is not muted, or until further notice. */
  mutedUntil: time.optional(),
  pinned: z.boolean(),
  archived: z.boolean(),
  /** As the network has it. Comes from outside. */
  topic: short.optional(),
  /** What the network can do with messages that are there; absent where everything can be done. */
  can: z.object({ edit: z.boolean(), reactions: z.boolean(), reply: z.boolean() }).optional(),
  /** What is being written here and was not sent, cut to 512 characters; `draft.get` has the whole. */
  draft: short.optional(),
  /** Messages older than so many days go; absent where they are kept. */
  retention: z.int().positive().optional(),
  /** The newest message, its text cut to 512 characters; null in an empty conversation. `from` is the name of its author, `self` whether that is this person. */
  last: z.object({ id, ts: time, kind: messageKind, from: short, self: z.boolean(), text: short, label }).nullable(),
});
export type ChatRow = z.output<typeof chatRow>;

const draft = z.object({
  conversation: id,
  /** Empty where there is none. */
  text: messageText,
  replyTo: id.optional(),
});
const ignoredRow = z.object({ account: id, user: short, name: short });
export type IgnoredRow = z.output<typeof ignoredRow>;
const days = z.int().min(1).max(MAX_RETENTION_DAYS).nullable();

export const chatMethods = {
  chats: {
    summary:
      "The open conversations: the pinned ones, then the others, then the archived ones, of each the one with the newest message first.",
    params: nothing,
    result: z.array(chatRow).max(10_000),
  },
  "chat.pin": {
    summary: "Puts a conversation at the top of the list, or takes it from there.",
    params: z.strictObject({ conversation: id, on: z.boolean().default(true) }),
    result: z.object({ conversation: id, pinned: z.boolean() }),
  },
  "chat.mute": {
    summary: "No notices of a conversation, until a time or until further notice; or notices again.",
    params: z.strictObject({ conversation: id, on: z.boolean().default(true), until: time.optional() }),
    result: z.object({ conversation: id, muted: z.boolean(), until: time.optional() }),
  },
  "chat.archive": {
    summary: "Puts a conversation away, or back into the list.",
    params: z.strictObject({ conversation: id, on: z.boolean().default(true) }),
    result: z.object({ conversation: id, archived: z.boolean() }),
  },
  "chat.retention": {
    summary: "How long messages of a conversation are kept; null keeps them. Without `days` it only tells.",
    params: z.strictObject({ conversation: id, days: days.optional() }),
    result: z.object({ conversation: id, days }),
  },
  "chat.topic": {
    summary: "Asks the network to change the topic of a conversation.",
    params: z.strictObject({ conversation: id, topic: short, minLabel: label.optional() }),
    result: z.object({ conversation: id, topic: short }),
  },
  "chats.mark": {
    summary: "Marks all conversations as read, or those of one account of a network.",
    params: z.strictObject({ account: id.optional() }),
    result: z.object({ marked: z.int().nonnegative() }),
  },
  highlights: {
    summary: "Words that count as naming the person, beside the own nick; with `words` it sets them, on all own devices.",
    params: z.strictObject({ words: z.array(z.string().min(1).max(64)).max(MAX_HIGHLIGHTS).optional() }),
    result: z.object({ words: z.array(z.string().max(64)).max(MAX_HIGHLIGHTS) }),
  },
  "ignore.list": {
    summary: "People of other networks whose messages are folded away and not counted.",
    params: nothing,
    result: z.array(ignoredRow).max(MAX_IGNORED),
  },
  "ignore.set": {
    summary: "Ignores a person of another network on all own devices, or no longer. `user`: as `from.id` of messages.",
    params: z.strictObject({ account: id, user: short.min(1), name: short.optional(), on: z.boolean().default(true) }),
    result: z.object({ account: id, user: short, ignored: z.boolean() }),
  },
  "draft.get": {
    summary: "What is being written in a conversation and was not sent.",
    params: z.strictObject({ conversation: id }),
    result: draft,
  },
  "draft.set": {
    summary: "Keeps what is being written, on all own devices; an empty text clears it.",
    params: z.strictObject({ conversation: id, text: messageText, replyTo: id.optional() }),
    result: draft,
  },
} as const;
