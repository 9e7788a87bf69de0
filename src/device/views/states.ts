/** As stored in the table of message states: never reuse a number. */
export const STATE_NUMBER = { queued: 1, sent: 2, "in-doubt": 3, failed: 4 } as const;

export function stateOfNumber(number: number): keyof typeof STATE_NUMBER {
  const states = Object.keys(STATE_NUMBER) as (keyof typeof STATE_NUMBER)[];
  return states.find((state) => STATE_NUMBER[state] === number) ?? "queued";
}
