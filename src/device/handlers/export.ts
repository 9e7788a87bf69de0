import type { Handlers } from "../../api/methods.ts";
import type { HandlerContext } from "../context.ts";
import { findConversation } from "../lookup.ts";
import { messageOf } from "../views/messages.ts";
import { entriesAfter } from "../views/timeline.ts";
import { viewContext } from "./views.ts";

const READ_AT_ONCE = 200;

export function exportHandlers(context: HandlerContext): Pick<Handlers, "export"> {
  const { device } = context;
  return {
    async export({ conversation: id }, { signal, emit }) {
      const { row: conversation } = findConversation(device, id);
      let messages = 0;
      for (let last: number | undefined; ; ) {
        const rows = entriesAfter(device, conversation, last, READ_AT_ONCE);
        for (const row of rows) {
          signal.throwIfAborted();
          const entry = device.entry(row);
          const message = entry && messageOf(viewContext(context), entry);
          if (!message) continue;
          await emit(message);
          messages += 1;
        }
        last = rows.at(-1) ?? last;
        if (rows.length < READ_AT_ONCE) return { messages };
      }
    },
  };
}
