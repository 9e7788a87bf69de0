/** The shape and size of everything that a child says. What does not fit is a violation, and ends the child. */
import { z } from "zod";
import { securityFactsSchema } from "../../../sync/content/bridged.ts";
import { WireError } from "../../kit/wire/wire-error.ts";
import type { HostCalls, HostNotes, PluginCalls } from "../../kit/wire/methods.ts";
import type { CommandAnswer, ConvInfo, Reconciled, SendResult, UserInfo } from "../../contract/index.ts";
import { errorData } from "./schema-errors.ts";
import { batch, convInfo, userInfo } from "./schema-events.ts";
import { id, msgRef, time, words } from "./schema-parts.ts";

const host = z.string().min(1).max(255);
const stream = z.int().positive().max(0xffff_ffff);
const vaultKey = z.string().min(1).max(128);
const MAX_SECRET = 64 * 1024;

export const CALL_SCHEMAS: { [M in keyof HostCalls]: z.ZodType<HostCalls[M]> } = {
  dial: z.object({
    stream,
    host,
    port: z.int().min(1).max(65_535),
    tls: z.enum(["direct", "none"]),
    servername: host.optional(),
    alpn: z.array(z.string().min(1).max(64)).max(8).optional(),
    service: z
      .string()
      .regex(/^_[a-z0-9-]{1,30}\._(?:tcp|udp)$/)
      .optional(),
  }),
  upgrade: z.object({ from: stream, stream, servername: host }),
  ingest: batch,
  lookup: z.union([z.object({ txn: id }), z.object({ ref: msgRef })]),
  vaultGet: z.object({ key: vaultKey }),
  vaultSet: z.object({ key: vaultKey, value: z.string().max(MAX_SECRET).optional() }),
};

const stateName = z.enum([
  "stopped",
  "connecting",
  "catching-up",
  "online",
  "degraded",
  "backoff",
  "bad-credentials",
  "logged-out",
  "quarantined",
]);
const fieldValue = z.union([words(1_000), z.number(), z.boolean()]);

export const NOTE_SCHEMAS: { [M in keyof HostNotes]: z.ZodType<HostNotes[M]> } = {
  hello: z.object({ contract: z.literal(1) }),
  state: z.object({ state: stateName, error: errorData.optional(), retryAt: time.optional(), self: userInfo.optional() }),
  log: z.object({
    level: z.enum(["debug", "info", "warn", "error"]),
    message: words(2_000),
    fields: z
      .record(z.string().max(64), fieldValue)
      .refine((fields) => Object.keys(fields).length <= 32, "too many fields")
      .optional(),
  }),
  fatal: z.object({ message: words(1_000) }),
};

/** What the plugin's methods give back. */
export interface PluginResults {
  connect: void;
  disconnect: void;
  execute: SendResult;
  reconcile: Reconciled[];
  open: ConvInfo;
  close: void;
  split: string[];
  list: (UserInfo | ConvInfo)[];
  history: { batch: z.infer<typeof batch>; more: boolean };
  command: CommandAnswer;
  health: { lagMs: number; state: z.infer<typeof stateName> };
}

const refs = z.array(msgRef).max(50);
const aliases = z.array(id).max(10).optional();
const nothing = z.unknown().transform(() => undefined);
const MAX_LISTED = 10_000;
const cells = z.record(z.string().min(1).max(64), words(2_000)).refine((row) => Object.keys(row).length <= 16, "too many columns");

export const RESULT_SCHEMAS: { [M in keyof PluginCalls]: z.ZodType<PluginResults[M]> } = {
  connect: nothing,
  disconnect: nothing,
  execute: z.discriminatedUnion("state", [
    z.object({ state: z.literal("acked"), refs, aliases, ts: time.optional(), sec: securityFactsSchema }),
    z.object({ state: z.literal("accepted") }),
  ]),
  reconcile: z
    .array(
      z.discriminatedUnion("found", [
        z.object({ txn: id, found: z.literal("yes"), refs, aliases, sec: securityFactsSchema.optional() }),
        z.object({ txn: id, found: z.literal("no") }),
        z.object({ txn: id, found: z.literal("cannot-know") }),
      ]),
    )
    .max(10_000),
  open: convInfo,
  close: nothing,
  split: z.array(z.string().max(64 * 1024)).max(50),
  list: z.array(z.union([convInfo, userInfo])).max(MAX_LISTED),
  history: z.object({ batch, more: z.boolean() }),
  command: z.object({ text: words(64 * 1024), rows: z.array(cells).max(2_000).optional() }),
  health: z.object({ lagMs: z.number().min(0), state: stateName }),
};

/** Throws `WireError` with the place and the rule, never with the value. */
export function check<T>(schema: z.ZodType<T>, what: string, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new WireError(`${what} of a wrong form: ${issue?.path.join(".").slice(0, 100) ?? ""} ${issue?.message.slice(0, 200) ?? ""}`);
}
