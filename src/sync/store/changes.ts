/**
 * What a follower is told of a row in the table of changes. Stored: never reuse a number. message: it is new here; state: how
 * far it has come; conversation: how it stands in the list; content: the message is shown differently.
 */
export const CHANGE = { message: 1, state: 2, conversation: 3, content: 4 } as const;
export type Change = (typeof CHANGE)[keyof typeof CHANGE];

/** In place of an entry, where a change is about the conversation. */
export const NO_ENTRY = 0;
