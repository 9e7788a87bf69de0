import { z } from "zod";
import { securityFactsSchema } from "../../../sync/content/bridged.ts";
import { MAX_TEXT } from "../../../sync/content/text.ts";
import type { Batch, Caps, ConvInfo, Inbound, UserInfo } from "../../contract/index.ts";
import { errorData } from "./schema-errors.ts";
import { bytes, id, MAX_LINE, MAX_NAME, msgRef, time, words } from "./schema-parts.ts";

const MAX_EVENTS = 500;
const MAX_MEMBERS = 50_000;
const MAX_KV = 1_000;
const MAX_SET = 200;

const name = words(MAX_NAME);
const line = words(MAX_LINE);
const userOrSelf = z.union([z.literal("self"), id]);

const body = z.object({ text: words(MAX_TEXT), format: z.enum(["plain", "md"]).optional(), raw: words(MAX_TEXT).optional() });

const count = z.int().min(0);
const media = z.object({
  handle: id,
  name,
  mime: words(255).optional(),
  size: count.optional(),
  width: count.optional(),
  height: count.optional(),
});

const level = z.union([z.literal(-2), z.literal(-1), z.literal(0), z.literal(1), z.literal(2)]);

const caps: z.ZodType<Caps> = z.object({
  rev: id,
  kind: z.enum(["direct", "group", "channel"]),
  text: z.object({
    maxBytes: z.int().positive().optional(),
    maxLines: z.int().positive().optional(),
    formats: z.array(z.enum(["plain", "md", "irc", "xhtml"])).max(4),
  }),
  edit: level,
  delete: level,
  reply: level,
  thread: level,
  reactions: level,
  typing: level,
  read: level,
  presence: level,
  topic: level,
  members: level,
  files: level,
  history: level,
  rate: z.object({ burst: z.number().min(1).max(1e6), perSecond: z.number().positive().max(1e6) }),
});

const convPatch = {
  name,
  topic: line.optional(),
  caps,
  state: z.enum(["joined", "invited", "left"]),
  url: words(2_048).optional(),
};
export const convInfo: z.ZodType<ConvInfo> = z.object({ id, ...convPatch });

const userPatch = { name, handle: name.optional(), avatar: media.optional(), bot: z.boolean().optional() };
export const userInfo: z.ZodType<UserInfo> = z.object({ id, ...userPatch });

const stamped = { conv: id, key: id, ts: time, from: userOrSelf.optional(), sec: securityFactsSchema };

const member = z.object({ user: id, role: words(64).optional(), state: z.enum(["join", "leave", "invite", "ban"]) });

const inbound: z.ZodType<Inbound> = z.discriminatedUnion("kind", [
  z.object({
    ...stamped,
    kind: z.literal("message"),
    id,
    aliases: z.array(id).max(10).optional(),
    style: z.enum(["text", "action", "notice"]),
    txn: id.optional(),
    body,
    media: z.array(media).max(50).optional(),
    replyTo: msgRef.optional(),
    thread: id.optional(),
    mentionsMe: z.boolean().optional(),
  }),
  z.object({ ...stamped, kind: z.literal("edit"), target: msgRef, rev: id, body, txn: id.optional() }),
  z.object({ ...stamped, kind: z.literal("delete"), target: msgRef, by: id.optional(), txn: id.optional() }),
  z.object({
    ...stamped,
    kind: z.literal("reactions"),
    target: msgRef,
    user: userOrSelf,
    set: z.array(z.string().max(128)).max(MAX_SET),
    txn: id.optional(),
  }),
  z.object({ ...stamped, kind: z.literal("receipt"), type: z.enum(["delivered", "read"]), upTo: msgRef, user: userOrSelf }),
  z.object({ ...stamped, kind: z.literal("typing"), user: id, on: z.boolean(), ttlMs: z.number().min(0).max(3_600_000) }),
  z.object({
    ...stamped,
    kind: z.literal("presence"),
    user: id,
    state: z.enum(["online", "away", "dnd", "offline"]),
    text: line.optional(),
  }),
  z.object({
    ...stamped,
    kind: z.literal("membership"),
    change: z.enum(["join", "part", "quit", "kick", "nick", "mode", "invite"]),
    user: id,
    by: id.optional(),
    to: name.optional(),
    text: line.optional(),
  }),
  z.object({ ...stamped, kind: z.literal("topic"), topic: line }),
  z.object({ ...stamped, kind: z.literal("members"), mode: z.enum(["snapshot", "delta"]), set: z.array(member).max(MAX_MEMBERS) }),
  z.object({ ...stamped, kind: z.literal("conv"), patch: z.object(convPatch).partial() }),
  z.object({ ...stamped, kind: z.literal("user"), user: id, patch: z.object(userPatch).partial() }),
  z.object({ ...stamped, kind: z.literal("gap"), since: time.optional(), reason: line }),
  z.object({ ...stamped, kind: z.literal("sendError"), txn: id, error: errorData }),
]);

const kv = z.record(z.string().min(1).max(256), bytes.nullable()).refine((map) => Object.keys(map).length <= MAX_KV, "too many keys");

export const batch: z.ZodType<Batch> = z.object({
  source: z.enum(["live", "catchup", "backfill"]),
  events: z.array(inbound).max(MAX_EVENTS),
  cursor: z.object({ scope: id, value: z.string().max(64 * 1024) }).optional(),
  kv: kv.optional(),
});
