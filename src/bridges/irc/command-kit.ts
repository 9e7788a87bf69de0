import type { CommandAnswer, ConvId } from "../contract/index.ts";
import { BridgeError } from "../kit/index.ts";
import type { Bitlbee } from "./bitlbee.ts";
import type { Question } from "./questions.ts";
import type { Scene } from "./scene.ts";

/** What a command may use of its connection. */
export interface CommandContext {
  scene: Scene;
  /** Resolves once the answer is whole; rejects with a `BridgeError`. */
  ask: (question: Question) => Promise<void>;
  /** Where the account is one at a BitlBee. */
  bitlbee: Bitlbee | undefined;
  /** From now on this is the nick that is wanted. */
  wantNick: (nick: string) => void;
}

/** A command with its words, where it was given. */
export interface Given {
  /** Separated by spaces. */
  words: string[];
  /** All that was typed behind the name. */
  text: string;
  conv: ConvId | undefined;
  /** As the network writes the conversation; empty for none. */
  place: string;
}

export type Run = (given: Given, context: CommandContext) => Promise<CommandAnswer>;

export function usage(message: string): BridgeError {
  return new BridgeError({ code: "unsupported", sent: "no", message, action: "none" });
}

/** A question whose answer is only that nothing was refused. */
export function silent(line: string, ...names: string[]): Question {
  const folded = new Set([...names, line.split(" ", 1)[0] ?? ""].map((name) => name.toLowerCase()));
  return { line, answers: new Set(), about: (name) => folded.has(name.toLowerCase()), take: () => undefined };
}

/** A word that stands for itself in a line. Throws a `BridgeError`. */
export function word(text: string | undefined, what: string): string {
  if (text === undefined || text === "" || text.startsWith(":") || /\s/.test(text)) throw usage(`Say ${what}.`);
  return text;
}
