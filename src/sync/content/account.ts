import { z } from "zod";
import { bytesOf } from "./text.ts";

/** What a person has to be told of the account, loudly, on every device. Part of the format. */
export const NOTICES = [
  "recovered",
  "recovery-changed",
  "recovery-contested",
  "forked",
  "disputed",
  "log-forked",
  "clock-off",
  "browser-retired",
] as const;
export type NoticeCode = (typeof NOTICES)[number];

/** Body of `KIND.retired`: the operation that shut the browser out. */
export const retiredSchema = z.object({ device: bytesOf(32), op: bytesOf(32) });

/** Body of `KIND.noticeSeen`: on all own devices the notice about this op is settled. */
export const noticeSeenSchema = z.object({ op: bytesOf(32), code: z.string().max(32) });
