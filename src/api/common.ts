import { z } from "zod";
import { LABELS, TRUST } from "../security-labels/index.ts";
import { linkFactsSchema, securityFactsSchema } from "../sync/content/bridged.ts";
import { MAX_TEXT } from "../sync/content/text.ts";

/** An id that Homeport minted: printable ASCII, taken as a whole and never parsed by a client. */
export const id = z
  .string()
  .max(256)
  .regex(/^[\x21-\x7e]+$/);
/** A foreign id or name, or one sentence for people. Comes from outside: clean it before it is shown. */
export const short = z.string().max(512);
/** Milliseconds since 1970. */
export const time = z.int().nonnegative();
/** Text of one message. Comes from outside. */
export const messageText = z.string().max(MAX_TEXT);
/** Where a stream goes on; opaque. */
export const cursor = z.string().min(1).max(256);
/** As the sender called it. Comes from outside: never a path, see `safeName` of the command line. */
export const fileName = z.string().max(255);
export const mime = z.string().max(127);
export const deviceName = z.string().min(1).max(128);
export const address = z.string().min(1).max(512);
export const label = z.enum(LABELS);
export const trust = z.enum(TRUST);
export const linkFacts = linkFactsSchema;
/** Of Homeport's own conversations, or of the bridge contract. */
export const facts = z.union([z.object({ e2ee: z.literal("homeport"), peer: z.enum(["self", "contact"]) }), securityFactsSchema]);
/** No parameters: anything else than `{}` is refused. */
export const nothing = z.strictObject({});

const MESSAGE_KINDS = [
  "text",
  "action",
  "notice",
  "join",
  "part",
  "quit",
  "kick",
  "nick",
  "mode",
  "invite",
  "topic",
  "gap",
  "other",
] as const;

/** `other`: of a later version, not interpreted. */
export const messageKind = z.enum(MESSAGE_KINDS);
