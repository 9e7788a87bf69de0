/** As stored in the table of message states: never reuse a number. */
export const STATE_NUMBER = { queued: 1, sent: 2, "in-doubt": 3, failed: 4 } as const;
