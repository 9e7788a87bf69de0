import { z } from "zod";
import { id } from "./common.ts";
import { message } from "./messages.ts";

export const exportMethods = {
  export: {
    summary: "All messages of a conversation, oldest first in the order of the view.",
    params: z.strictObject({ conversation: id }),
    event: message,
    result: z.object({ messages: z.int().nonnegative() }),
  },
} as const;
