/** What Tab makes of a text; another Tab goes on from it. */
export interface Completion {
  text: string;
  caret: number;
  /** For the next Tab. */
  round: Round;
}

interface Round {
  start: number;
  /** Behind the completed word, where the caret was put. */
  end: number;
  choices: readonly string[];
  index: number;
  /** What stood behind the word. */
  rest: string;
}

/**
 * Completes the word before the caret by one of the names, which come in order of likelihood. At the beginning of the text a
 * person's name gets a colon, as is the custom in rooms. `before`: of the last Tab, where nothing was typed since.
 */
export function complete(text: string, caret: number, names: readonly string[], before?: Round, back = false): Completion | undefined {
  const round = before && before.end === caret ? { ...before, index: before.index + (back ? -1 : 1) } : begin(text, caret, names);
  if (!round || round.choices.length === 0) return undefined;
  const index = (round.index + round.choices.length) % round.choices.length;
  const name = round.choices[index] as string;
  const isPerson = !/^[#&!+/]/.test(name);
  const word = round.start === 0 && isPerson ? `${name}: ` : `${name} `;
  const end = round.start + word.length;
  return { text: text.slice(0, round.start) + word + round.rest, caret: end, round: { ...round, index, end } };
}

function begin(text: string, caret: number, names: readonly string[]): Round | undefined {
  const start = Math.max(text.lastIndexOf(" ", caret - 1), text.lastIndexOf("\n", caret - 1)) + 1;
  const typed = text.slice(start, caret).replace(/^@/, "").toLocaleLowerCase();
  if (typed === "") return undefined;
  const choices = [...new Set(names)].filter((name) => name.toLocaleLowerCase().startsWith(typed));
  return { start, end: -1, choices, index: 0, rest: text.slice(caret).replace(/^ /, "") };
}
