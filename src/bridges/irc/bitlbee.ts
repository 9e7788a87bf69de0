import type { IrcMessage } from "irc-framework";
import { BridgeError } from "../kit/index.ts";
import { type Failure, failure } from "./failures.ts";
import { plainText } from "./formatting.ts";
import type { Question } from "./questions.ts";

/** Where BitlBee takes its commands, and who answers there (bitlbee.org, user guide). */
const CONTROL = "&bitlbee";
const ROOT = "root";
const MAX_LINES = 1_000;
const MAX_TROUBLES = 100;

export interface BitlbeeContext {
  /** Of the person's account in BitlBee itself. */
  password: string;
  ask: (question: Question) => Promise<void>;
  /** Something is wrong with one of the accounts behind BitlBee, or is not any more. */
  changed: () => void;
}

/** One account behind BitlBee. */
export interface BitlbeeAccount {
  number: string;
  tag: string;
  protocol: string;
  name: string;
  state: string;
}

/** The control channel of a BitlBee: the login there, its accounts, and what goes wrong with them. */
export class Bitlbee {
  readonly #context: BitlbeeContext;
  readonly #troubles = new Map<string, string>();

  constructor(context: BitlbeeContext) {
    this.#context = context;
  }

  /** What is wrong with the accounts, in one sentence. */
  get trouble(): string | undefined {
    const words = [...this.#troubles].map(([tag, why]) => `${tag}: ${why}`);
    return words.length === 0 ? undefined : `BitlBee cannot reach a network. ${words.join("; ")}`;
  }

  /** Makes the person's account in BitlBee where there is none yet. Returns why it could not. */
  async identify(): Promise<Failure | undefined> {
    const { password } = this.#context;
    const answer = (await this.command(`identify ${quoted(password)}`)).join(" ");
    if (/not registered/i.test(answer)) {
      const made = (await this.command(`register ${quoted(password)}`)).join(" ");
      return /created|registered/i.test(made) ? undefined : refused("BitlBee does not make an account", made);
    }
    if (/incorrect password|invalid password/i.test(answer))
      return failure("never", "auth", "BitlBee does not take the password.", "relogin");
    return /accepted|already/i.test(answer) ? undefined : refused("BitlBee does not let us in", answer);
  }

  /** What root answers, line by line. Rejects with a `BridgeError`. */
  async command(text: string): Promise<string[]> {
    const lines: string[] = [];
    const take = ({ params }: IrcMessage) => {
      const line = plainText(params.at(-1) ?? "");
      this.#note(line);
      if (lines.length < MAX_LINES && line.trim() !== "") lines.push(line);
    };
    await this.#context.ask({
      line: `PRIVMSG ${CONTROL} :${text}`,
      answers: { has: () => false },
      fits: isRoot,
      about: (name) => name === CONTROL,
      take,
    });
    return lines;
  }

  async accounts(): Promise<BitlbeeAccount[]> {
    const found = (await this.command("account list")).flatMap((line) => {
      const [, number, tag, protocol, rest] = /^\s*(\d+)\s+\(([^)]*)\):\s*([^,]+),\s*(.*)$/.exec(line) ?? [];
      if (number === undefined || tag === undefined || protocol === undefined || rest === undefined) return [];
      const [, name = rest, said] = /^(.*?)\s+\(([^()]*)\)$/.exec(rest) ?? [];
      return [{ number, tag, protocol, name, state: this.#troubles.get(tag) ?? said ?? "off" }];
    });
    for (const tag of this.#troubles.keys()) if (!found.some((account) => account.tag === tag)) this.#troubles.delete(tag);
    return found;
  }

  /** A line that nobody asked for: how a login goes on. */
  heard(message: IrcMessage): void {
    if (isRoot(message)) this.#note(plainText(message.params.at(-1) ?? ""));
  }

  #note(line: string): void {
    const [, tag = "", what = ""] = /^(\S{1,100}) - (.{1,400})/.exec(line) ?? [];
    const before = this.trouble;
    if (/^Login error: /i.test(what) && this.#troubles.size < MAX_TROUBLES && !/short write/i.test(what))
      this.#troubles.set(tag, what.replace(/^Login error: /i, ""));
    if (/^Logging in: Logged in|^Signing off/i.test(what) && /logged in/i.test(what)) this.#troubles.delete(tag);
    if (this.trouble !== before) this.#context.changed();
  }

  /** An account was switched off or deleted: nothing is expected of it. */
  forgive(): void {
    if (this.#troubles.size === 0) return;
    this.#troubles.clear();
    this.#context.changed();
  }
}

function isRoot({ command, nick, params }: IrcMessage): boolean {
  return command === "PRIVMSG" && nick === ROOT && params[0]?.toLowerCase() === CONTROL;
}

/** As one word of BitlBee's commands. Throws a `BridgeError` for what cannot be one. */
export function quoted(text: string): string {
  if (/["\\]/.test(text))
    throw new BridgeError({ code: "unsupported", sent: "no", message: "BitlBee takes no quotation marks or backslashes here." });
  return `"${text}"`;
}

function refused(what: string, words: string): Failure {
  return failure("later", "forbidden", `${what}: ${words.slice(0, 200) || "it did not answer"}`, "check-settings");
}
