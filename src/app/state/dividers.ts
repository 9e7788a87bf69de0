import type { Message } from "../../api/messages.ts";

/** What stands above a message. */
export interface Above {
  /** A new day begins: midnight of the person's clock, milliseconds since 1970. */
  day?: number;
  /** What follows was unread when the conversation was opened. */
  unread?: true;
  /** From here on messages travel otherwise. */
  label?: Pick<Message, "label" | "trust">;
}

/** One for each message, in their order. `before`: the message that stands before them and is not loaded, as far as that matters, is unknown. */
export function dividersOf(messages: readonly Message[], unreadFrom: string | undefined): Above[] {
  return messages.map((message, n) => {
    const before = messages[n - 1];
    const day = dayOf(message.ts);
    const isNewDay = before === undefined || dayOf(before.ts) !== day;
    const changed = before !== undefined && before.label !== message.label;
    return {
      ...(isNewDay ? { day } : {}),
      ...(message.id === unreadFrom ? { unread: true as const } : {}),
      ...(changed ? { label: { label: message.label, trust: message.trust } } : {}),
    };
  });
}

function dayOf(ts: number): number {
  return new Date(ts).setHours(0, 0, 0, 0);
}
