import type { Message } from "../../api/messages.ts";

/** The loaded part of a conversation, oldest first, in the order of the view. */
export interface Timeline {
  messages: readonly Message[];
  /** Older ones are there. */
  more: boolean;
  loading: boolean;
}

export const EMPTY: Timeline = { messages: [], more: true, loading: false };

/** Older messages before those that are there; what is there already is not repeated. */
export function prepend(timeline: Timeline, older: readonly Message[], more: boolean): Timeline {
  const known = new Set(timeline.messages.map(({ id }) => id));
  return { ...timeline, messages: [...older.filter(({ id }) => !known.has(id)), ...timeline.messages], more };
}

/** A message that came in, or is shown differently now. It stands where its place in the view is: by its time. */
export function put(timeline: Timeline, message: Message): Timeline {
  const index = timeline.messages.findIndex(({ id }) => id === message.id);
  if (index >= 0) return { ...timeline, messages: timeline.messages.with(index, message) };
  return { ...timeline, messages: [...timeline.messages, message] };
}

export function change(timeline: Timeline, id: string, changes: Partial<Message>): Timeline {
  const index = timeline.messages.findIndex((message) => message.id === id);
  const found = timeline.messages[index];
  return found ? { ...timeline, messages: timeline.messages.with(index, { ...found, ...changes }) } : timeline;
}
