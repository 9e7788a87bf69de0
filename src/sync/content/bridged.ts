import { z } from "zod";
import { LABELS } from "../../security-labels/index.ts";
import { bytesOf, entryRefSchema, MAX_TEXT } from "./text.ts";

const short = z.string().max(512);

export const linkFactsSchema = z.object({
  kind: z.enum(["none", "tls", "noise", "mtproto", "loopback"]),
  verified: z.boolean(),
  version: short.optional(),
  server: short.optional(),
  certificate: z.object({ sha256: short, issuer: short }).optional(),
  mechanism: short.optional(),
  via: short.optional(),
  measuredBy: z.enum(["host", "plugin"]),
});

export const securityFactsSchema = z.object({
  link: linkFactsSchema,
  source: z.enum(["live", "history"]),
  e2ee: z
    .object({
      protocol: z.enum(["olm/megolm", "omemo:1", "omemo:2", "signal", "tox", "otr", "pgp"]),
      peer: z.enum(["verified", "tofu", "unverified", "changed"]),
      keyId: short.optional(),
    })
    .optional(),
  restBeyondServer: z.enum(["unknown", "may-be-plaintext"]).optional(),
});

/** Body of `KIND.bridged`: one line of a bridged conversation, with the label it keeps for ever. */
export const bridgedSchema = z.object({
  shape: z.enum(["text", "action", "notice", "join", "part", "quit", "kick", "nick", "mode", "invite", "topic", "gap"]),
  from: z.object({ id: short, name: short, self: z.boolean() }),
  /** Milliseconds since 1970, by the network; not trusted for order. */
  ts: z.int().nonnegative(),
  /** Fetched history: stands in views at `ts` instead of when it came here (B2). */
  placed: z.boolean().optional(),
  text: z.string().max(MAX_TEXT),
  /** The network's id of the message. */
  remote: short.optional(),
  replyTo: entryRefSchema.optional(),
  mentionsMe: z.boolean().optional(),
  label: z.enum(LABELS),
  facts: securityFactsSchema,
});
export type Bridged = z.infer<typeof bridgedSchema>;

/** Body of `KIND.delivery`: written by the device that hosts the bridge, about an entry of `KIND.text`. */
export const deliverySchema = z.object({
  target: entryRefSchema,
  state: z.enum(["queued", "sent", "in-doubt", "failed"]),
  /** One sentence for people; why it failed or is in doubt. */
  reason: short.optional(),
  /** Stable code of why it failed, as in the bridge contract, e.g. `insecure`. */
  code: short.optional(),
  /** Network ids of the parts that were sent. */
  remote: z.array(short).max(50).optional(),
  ts: z.int().nonnegative().optional(),
  /** Once sent: how it travelled. */
  label: z.enum(LABELS).optional(),
  facts: securityFactsSchema.optional(),
});
export type Delivery = z.infer<typeof deliverySchema>;

const level = z.union([z.literal(-2), z.literal(-1), z.literal(0), z.literal(1), z.literal(2)]);

/** Body of `KIND.conversationInfo`. Each carries the whole; the newest by hlc holds. */
export const conversationInfoSchema = z.object({
  name: short,
  topic: z.string().max(4096).optional(),
  kind: z.enum(["channel", "group", "direct"]),
  /** False once the person closed it; a later entry may open it again. */
  open: z.boolean(),
  /** Most bytes of UTF-8 that one message of the network takes, for the composer's warning. */
  maxBytes: z.int().positive().optional(),
  /** How well the network does it, as in the bridge contract: from 1 on it can be asked for. Absent: it cannot. */
  can: z.object({ edit: level, reactions: level, reply: level }).optional(),
});
export type ConversationInfo = z.infer<typeof conversationInfoSchema>;

/** Body of `KIND.bridgeAccount`, in the own-devices log. Each carries the whole; the newest by hlc holds. */
export const bridgeAccountSchema = z.object({
  bridge: short,
  network: short,
  /** Key of the device that hosts it. */
  device: bytesOf(32),
  name: short,
  removed: z.boolean(),
});
export type BridgeAccount = z.infer<typeof bridgeAccountSchema>;
