import type { Handlers } from "../../api/methods.ts";
import type { HandlerContext } from "../context.ts";
import { messageOf } from "../views/messages.ts";
import { STATE_NUMBER } from "../views/states.ts";
import { messageContext } from "./messages.ts";

export function outboxHandlers(context: HandlerContext): Pick<Handlers, "outbox.list"> {
  const { device } = context;
  return {
    async "outbox.list"() {
      const rows = device.sql.all<{ entry: number; hlc_ms: number }>(
        "select entry, hlc_ms from message_state where state = ? order by hlc_ms, entry limit 10000",
        STATE_NUMBER["in-doubt"],
      );
      return rows.flatMap(({ entry, hlc_ms }) => {
        const stored = device.entry(entry);
        const message = stored && messageOf(messageContext(context), stored);
        return message
          ? [{ id: message.id, conversation: message.conversation, state: message.state, reason: message.reason ?? "", since: hlc_ms }]
          : [];
      });
    },
  };
}
