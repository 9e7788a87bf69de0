import { z } from "zod";
import { fileName, id, label, messageText, mime } from "./common.ts";
import { fileRow } from "./file-row.ts";
import { messageState } from "./messages.ts";

const size = z.int().nonnegative();
/** One use, within half a minute; see "Bytes of files" in docs/cli.md. */
const ticket = z.string().min(1).max(128);

const sendEvent = z.discriminatedUnion("event", [
  /** The bytes of the n-th file are to be sent on the connection that this ticket opens. */
  z.object({ event: z.literal("upload"), n: size, ticket }),
  z.object({ event: z.literal("progress"), n: size, bytes: size }),
]);

const one = z.strictObject({ file: id });

export const fileMethods = {
  "file.send": {
    summary: "Takes the bytes of files and sends them with a message, which is stored once all are here.",
    params: z.strictObject({
      conversation: id,
      text: messageText.default(""),
      /** Not under a worse label than this. */
      minLabel: label.optional(),
      files: z
        .array(z.strictObject({ name: fileName.min(1), mime: mime.default("application/octet-stream"), size: size.optional() }))
        .min(1)
        .max(16),
    }),
    event: sendEvent,
    result: z.object({ id, state: messageState, files: z.array(fileRow).max(16) }),
  },
  "file.list": {
    summary: "Files that messages name, those of the newest message first.",
    params: z.strictObject({ conversation: id.optional(), limit: z.int().min(1).max(10_000).default(1000) }),
    result: z.array(fileRow).max(10_000),
  },
  "file.of": {
    summary: "The files of a message, or one file.",
    params: z.strictObject({ of: id }),
    result: z.array(fileRow).max(16),
  },
  "file.fetch": { summary: "Fetches a file from whichever device has it, also after a restart.", params: one, result: fileRow },
  "file.wait": {
    summary: "Tells how far a file has come until it is here.",
    params: one,
    event: fileRow,
    result: fileRow,
  },
  "file.open": {
    summary: "Gives out the bytes of a file that is here, on the connection that the ticket opens.",
    params: one,
    event: z.object({ event: z.literal("download"), ticket }),
    result: fileRow,
  },
  "file.cancel": { summary: "Stops fetching a file, and throws away what came of it.", params: one, result: fileRow },
} as const;
