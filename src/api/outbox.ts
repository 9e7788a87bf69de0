import { z } from "zod";
import { id, nothing, short, time } from "./common.ts";
import { messageState } from "./messages.ts";

export const outboxRow = z.object({ id, conversation: id, state: messageState, reason: short, since: time });
export type OutboxRow = z.output<typeof outboxRow>;

const one = z.strictObject({ id });
const decided = z.object({ id, state: messageState });

export const outboxMethods = {
  "outbox.list": { summary: "Messages whose fate the person has to decide.", params: nothing, result: z.array(outboxRow).max(10_000) },
  "outbox.resend": { summary: "Sends a message in doubt again; it may then be there twice.", params: one, result: decided },
  "outbox.settle": { summary: "Holds a message in doubt to be sent.", params: one, result: decided },
} as const;
