import type { Message } from "../../api/messages.ts";

/** The loaded part of a conversation, oldest first, in the order of the view. */
export interface Timeline {
  messages: readonly Message[];
  /** Older ones than these are there. */
  more: boolean;
  /** Newer ones than these are there: what comes in now is not added. */
  newer: boolean;
  loading: boolean;
  /** The last change was at the beginning: what is seen keeps its distance from the end. */
  shift: boolean;
  /** Counts how often another part was loaded: the list begins anew. */
  part: number;
  /** Where the view is to go; `round` tells two wishes for the same message apart. */
  goal: { id: string; round: number; mark: boolean } | undefined;
  /** The first message that was unread when the conversation was opened. */
  unreadFrom: string | undefined;
}

export const EMPTY: Timeline = {
  ...{ messages: [], more: true, newer: false, loading: false, shift: false, part: 0, goal: undefined, unreadFrom: undefined },
};

/** Most messages that are kept loaded; beyond, those furthest from what is read go. */
export const MOST_LOADED = 400;

/** Another part of the conversation instead of the loaded one. */
export function replace(timeline: Timeline, page: Pick<Timeline, "messages" | "more" | "newer">): Timeline {
  return { ...timeline, ...page, shift: false, loading: false, part: timeline.part + 1, goal: undefined };
}

/** Older messages before those that are there; what is there already is not repeated. */
export function prepend(timeline: Timeline, older: readonly Message[], more: boolean): Timeline {
  return { ...timeline, messages: [...unknownOf(timeline, older), ...timeline.messages], more, loading: false, shift: true };
}

export function append(timeline: Timeline, later: readonly Message[], newer: boolean): Timeline {
  return { ...timeline, messages: [...timeline.messages, ...unknownOf(timeline, later)], newer, loading: false, shift: false };
}

function unknownOf({ messages }: Timeline, page: readonly Message[]): Message[] {
  const known = new Set(messages.map(({ id }) => id));
  return page.filter(({ id }) => !known.has(id));
}

/** Before older ones are loaded: gives up newer ones where there are many. One change at a time, at one end. */
export function trimEnd(timeline: Timeline): Timeline {
  if (timeline.messages.length <= MOST_LOADED) return timeline;
  return { ...timeline, messages: timeline.messages.slice(0, MOST_LOADED / 2), newer: true, shift: false };
}

export function trimStart(timeline: Timeline): Timeline {
  if (timeline.messages.length <= MOST_LOADED) return timeline;
  return { ...timeline, messages: timeline.messages.slice(-MOST_LOADED / 2), more: true, shift: true };
}

/** A message that came in, or is shown differently now. It stands where its place in the view is. */
export function put(timeline: Timeline, message: Message): Timeline {
  const { messages } = timeline;
  if (messages.some(({ id }) => id === message.id)) return change(timeline, message.id, message);
  const place = placeOf(messages, message);
  // Outside of the loaded part: it comes when that place is read.
  if (place === messages.length && timeline.newer) return timeline;
  if (place === 0 && timeline.more && messages.length > 0) return timeline;
  return { ...timeline, messages: messages.toSpliced(place, 0, message), shift: place === 0 && messages.length > 0 };
}

/** The index before which it belongs. */
function placeOf(messages: readonly Message[], { order }: Message): number {
  if (order === undefined) return messages.length;
  let index = messages.length;
  while (index > 0 && (messages[index - 1]?.order ?? "") > order) index--;
  return index;
}

export function change(timeline: Timeline, id: string, changes: Partial<Message>): Timeline {
  const index = timeline.messages.findIndex((message) => message.id === id);
  const found = timeline.messages[index];
  if (!found) return requote(timeline, id, changes);
  const whole = { ...("from" in changes ? {} : found), ...changes } as Message;
  return requote({ ...timeline, messages: timeline.messages.with(index, whole), shift: false }, id, whole);
}

/** Where other messages show this one as what they answer, they show it as it is now. */
function requote(timeline: Timeline, id: string, { text, deleted }: Partial<Message>): Timeline {
  if (text === undefined || !timeline.messages.some(({ replyTo }) => replyTo === id)) return timeline;
  const messages = timeline.messages.map((message) => (message.replyTo === id ? answering(message, text, deleted === true) : message));
  return { ...timeline, messages };
}

function answering(message: Message, text: string, deleted: boolean): Message {
  const { quote, ...rest } = message;
  if (deleted) return { ...rest, replyGone: "deleted" };
  return quote ? { ...message, quote: { ...quote, text: text.slice(0, 200) } } : message;
}
