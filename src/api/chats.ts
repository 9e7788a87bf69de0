import { z } from "zod";
import { messageKind } from "./messages.ts";
import { id, label, nothing, short, time, trust } from "./common.ts";

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
  /** The newest message, its text cut to 512 characters; null in an empty conversation. `from` is the name of its author. */
  last: z.object({ id, ts: time, kind: messageKind, from: short, text: short, label }).nullable(),
});
export type ChatRow = z.output<typeof chatRow>;

export const chatMethods = {
  chats: {
    summary: "The open conversations, the one with the newest message first.",
    params: nothing,
    result: z.array(chatRow).max(10_000),
  },
} as const;
