import type { Handlers } from "../../api/methods.ts";
import type { HandlerContext } from "../context.ts";
import { conversationText, messageText } from "../../sync/log/public-id.ts";
import { deliveryOf } from "../views/delivery.ts";
import { STATE_NUMBER } from "../views/states.ts";

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
        if (!stored) return [];
        const { state, reason = "" } = deliveryOf(device, stored);
        return [{ id: messageText(stored), conversation: conversationText(stored.conversation), state, reason, since: hlc_ms }];
      });
    },
  };
}
