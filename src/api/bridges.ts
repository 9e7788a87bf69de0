import { z } from "zod";
import { id, label, linkFacts, nothing, short } from "./common.ts";

export const networkField = z.object({
  id: z.string().min(1).max(64),
  type: z.enum(["text", "username", "password", "host", "port", "select", "url", "file"]),
  required: z.boolean(),
  secret: z.boolean(),
  default: short.optional(),
  options: z.array(short).max(64).optional(),
  pattern: short.optional(),
  help: short,
});
export type NetworkField = z.output<typeof networkField>;

export const networkRow = z.object({
  network: z.string().min(1).max(64),
  name: short,
  fields: z.array(networkField).max(64),
  delivery: z.object({
    send: z.enum(["native", "echo", "history", "none"]),
    echoScope: z.enum(["connection", "durable"]).optional(),
    inbound: z.enum(["cursor", "archive", "live-only"]),
    promise: short,
  }),
  ceiling: label,
});
export type NetworkRow = z.output<typeof networkRow>;

export const bridgeRow = z.object({
  account: id,
  network: z.string().min(1).max(64),
  name: short,
  /** The device that hosts it. */
  device: id,
  /** `unknown`: another device hosts it and is not connected. */
  state: z.enum([
    "stopped",
    "connecting",
    "catching-up",
    "online",
    "degraded",
    "backoff",
    "bad-credentials",
    "logged-out",
    "quarantined",
    "unknown",
  ]),
  error: z.object({ code: z.string().max(64), message: short, action: z.string().max(64) }).optional(),
  /** Null where another device hosts it. */
  isolated: z.boolean().nullable(),
  /** As measured on the live connection; null where there is none. */
  link: linkFacts.nullable(),
  /** What a message would get now; null where there is no connection. */
  label: label.nullable(),
});
export type BridgeRow = z.output<typeof bridgeRow>;

export const memberRow = z.object({ id: short, name: short, role: z.string().max(64).optional() });
export type MemberRow = z.output<typeof memberRow>;

export const commandRow = z.object({
  name: z.string().min(1).max(32),
  usage: z.string().max(200),
  help: short,
  /** Whether it belongs into a conversation, into one of many people, or nowhere in particular. */
  scope: z.enum(["account", "conversation", "channel"]),
});
export type CommandRow = z.output<typeof commandRow>;

export const commandAnswer = z.object({
  /** For people. */
  text: z.string().max(64 * 1024),
  /** The same for scripts, where it is a list. */
  rows: z
    .array(z.record(z.string().max(64), z.string().max(4_096)))
    .max(2_000)
    .optional(),
});
export type CommandAnswer = z.output<typeof commandAnswer>;

/** By field id. Files are given by their content. Secret values are kept in the vault and never come back. */
const settings = z.record(z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/), z.string().max(64 * 1024));
const one = z.strictObject({ account: id });
const conversation = z.strictObject({ conversation: id });

export const bridgeMethods = {
  "bridge.networks": { summary: "The networks that a bridge can be added for.", params: nothing, result: z.array(networkRow).max(256) },
  "bridge.add": {
    summary: "Adds an account and starts it.",
    params: z.strictObject({ network: z.string().min(1).max(64), settings, device: id.optional() }),
    result: z.object({ account: id }),
  },
  "bridge.wait": {
    summary:
      "Resolves once the account is online; an error where it will not get there by itself (bad credentials, insecure, quarantined).",
    params: one,
    result: bridgeRow,
  },
  "bridge.list": { summary: "The accounts of all bridges.", params: nothing, result: z.array(bridgeRow).max(1024) },
  "bridge.open": {
    summary: "Opens a conversation by the name that a person types; with `wait` it resolves once the network took it.",
    params: z.strictObject({ account: id, target: z.string().min(1).max(512), wait: z.boolean().default(false) }),
    result: z.object({ conversation: id }),
  },
  "bridge.close": {
    summary: "Leaves a conversation; its history stays.",
    params: conversation,
    result: z.object({ conversation: id, closed: z.literal(true) }),
  },
  "bridge.remove": {
    summary: "Removes an account and its secrets; its history stays.",
    params: one,
    result: z.object({ account: id, removed: z.literal(true) }),
  },
  "bridge.start": {
    summary: "Starts an account again: lifts a quarantine, or ends a back-off. With `here` this device runs it from now on.",
    params: one.extend({ here: z.boolean().default(false) }),
    result: bridgeRow,
  },
  "bridge.commands": {
    summary: "What an account's network can do beside messages, as a composer offers it behind a slash.",
    params: one,
    result: z.array(commandRow).max(100),
  },
  "bridge.command": {
    summary: "Asks the network for one of the commands of `bridge.commands`; answers with what came of it.",
    params: one.extend({
      conversation: id.optional(),
      name: z.string().min(1).max(32),
      args: z.string().max(4_096).default(""),
    }),
    result: commandAnswer,
  },
  "bridge.members": { summary: "Who is in a conversation.", params: conversation, result: z.array(memberRow).max(100_000) },
} as const;
