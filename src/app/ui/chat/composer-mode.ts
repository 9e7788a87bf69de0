import type { Message } from "../../../api/messages.ts";

/** What the composer is at. */
export type Mode = { is: "new" } | { is: "reply"; to: Message } | { is: "edit"; of: Message };
