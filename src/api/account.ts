import { z } from "zod";
import { NOTICES } from "../sync/content/account.ts";
import { address, id, nothing, time } from "./common.ts";

const WHY = ["first", "added", "added-by-words", "kept", "frozen", "disputed", "forked", "revoked", "left", "not-kept", "full"] as const;

const deviceName = z.string().max(128);
/** `device` is null for the recovery key. */
const who = z.object({ device: id.nullable(), name: deviceName });

export const noticeRow = z.object({
  /** The operation that it is about; of `log-forked`, what stands for the fork. */
  operation: id,
  code: z.enum(NOTICES),
  /** When this device learned of it. */
  at: time,
  /** The device that it is about; missing where it is about the account. */
  device: id.optional(),
  name: deviceName.optional(),
});
export type NoticeRow = z.output<typeof noticeRow>;

const accountDevice = z.object({
  device: id,
  name: deviceName,
  class: z.enum(["full", "browser"]),
  state: z.enum(["admitted", "frozen", "revoked"]),
  self: z.boolean(),
  /** Compared number by number; empty for the most senior, and of two that begin alike the shorter is senior. */
  rank: z.array(z.int()).max(4096),
  sponsor: who.nullable(),
  /** Operations that it may still write, beside revocations and freezes. */
  room: z.int().nonnegative(),
  /** Feeds in which it wrote two entries for one place. */
  forks: z.int().nonnegative(),
  why: z.object({
    code: z.enum(WHY),
    reason: z.string().max(512),
    operation: id,
    by: who,
    /** When this device learned of it; null where it does not know. */
    at: time.nullable(),
  }),
});

const account = z.object({
  account: id,
  operations: z.int().nonnegative(),
  recovery: z.object({
    /** Whether there are recovery words. */
    set: z.boolean(),
    /** How often they were used or changed. */
    epoch: z.int().nonnegative(),
    operation: id,
    /** They were used or changed by two hands that did not know of each other. */
    contested: z.boolean(),
  }),
  devices: z.array(accountDevice).max(4096),
  notices: z.array(noticeRow).max(1024),
});
export type Account = z.output<typeof account>;

const base32 = z
  .string()
  .regex(/^[a-z2-7]+$/)
  .max(32_768);

export const accountRecords = z.strictObject({
  format: z.literal("homeport-account/1"),
  account: id,
  /** Signed operations, parents first, as base32 (RFC 4648, lower case, no padding). */
  operations: z.array(base32).max(16_384),
  devices: z.array(z.strictObject({ name: deviceName, addresses: z.array(address).max(32), certificate: base32 })).max(64),
  /** After new words: for whom backups are made, a public key that the words signed. */
  backupKey: z.strictObject({ box: base32, recovery: base32, signature: base32 }).optional(),
});
export type AccountRecords = z.output<typeof accountRecords>;

export const accountMethods = {
  "account.show": { summary: "Which devices are in or out, and which operation says so.", params: nothing, result: account },
  "account.export": {
    summary: "The operations of the account, for a recovery elsewhere. They hold no secret.",
    params: nothing,
    result: accountRecords,
  },
  "account.import": {
    summary: "Takes operations that came by hand, e.g. of a recovery; each is checked like one from a peer.",
    params: accountRecords,
    /** `waiting`: operations whose parents are missing. */
    result: z.object({ added: z.int().nonnegative(), waiting: z.int().nonnegative() }),
  },
  "account.first-recovery": {
    summary: "Sets the hash of the first recovery key, on the most senior device of an account that has none.",
    params: z.strictObject({ hash: base32 }),
    result: z.object({ epoch: z.int() }),
  },
  "account.acknowledge": {
    summary: "Settles notices about the account on all own devices: all of them, or those about one operation.",
    params: z.strictObject({ operation: id.optional() }),
    result: z.object({ acknowledged: z.int().nonnegative() }),
  },
} as const;
