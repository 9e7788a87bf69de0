import type { IrcMessage } from "irc-framework";
import { BridgeError } from "../kit/index.ts";
import type { Batch } from "./batches.ts";
import { refusalOf } from "./send-errors.ts";

/** Something that is asked of the server beside messages. */
export interface Question {
  /** Without tags. */
  line: string;
  /** Numerics and commands that answer it. */
  answers: Pick<ReadonlySet<string>, "has">;
  /** Lines that answer it besides, whoever says them. */
  fits?: ((message: IrcMessage) => boolean) | undefined;
  /** What an error has to name to be about this question; undefined: any error is. */
  about?: ((name: string) => boolean) | undefined;
  /** Each line of the answer as it comes: what is kept of it is bounded here. */
  take: (message: IrcMessage) => void;
}

export interface QuestionsContext {
  /** For the whole answer. */
  deadlineMs: number;
  capabilities: () => readonly string[];
  /** Resolves when it is a line's turn. */
  turn: () => Promise<void>;
  /** False where the connection is gone. */
  write: (line: string) => boolean;
}

interface Asked {
  question: Question;
  /** Our PING behind the question, and its label. */
  token: string;
  settle: PromiseWithResolvers<void>;
  labelled: boolean;
  /** Once it is written. */
  timer: NodeJS.Timeout | undefined;
  refusal: BridgeError | undefined;
}

const MAX_ASKED = 32;

/**
 * Questions to the server and what answers them: by label where the server has labels, else by what a line is about. The
 * answer is over when the server answers the PING that was sent behind the question.
 */
export class Questions {
  readonly #context: QuestionsContext;
  #asked: Asked[] = [];
  #count = 0;

  constructor(context: QuestionsContext) {
    this.#context = context;
  }

  /** Resolves once the answer is whole. Rejects with a `BridgeError`: what the server refused, or that it did not answer. */
  async ask(question: Question): Promise<void> {
    if (this.#asked.length >= MAX_ASKED) throw failed("rate", "no", "Too many questions wait for an answer of the server.");
    this.#count += 1;
    const settle = Promise.withResolvers<void>();
    settle.promise.catch(() => undefined);
    const asked: Asked = { question, token: `q-${this.#count}`, settle, labelled: false, timer: undefined, refusal: undefined };
    this.#asked.push(asked);
    await this.#context
      .turn()
      .catch(() => this.#fail(asked, failed("offline", "no", "There is no connection to the network at the moment.")));
    if (this.#asked.includes(asked)) this.#write(asked);
    return settle.promise;
  }

  /** Whether a line belongs to an answer and needs no other reader. */
  take(message: IrcMessage, batch: Batch | undefined): boolean {
    if (this.#asked.length === 0) return false;
    if (message.command === "PONG") return this.#answered(message.params.at(-1));
    const label = message.tags["label"] ?? rootOf(batch)?.label;
    const fits = (asked: Asked) => (label === undefined ? !asked.labelled && isAbout(asked.question, message) : asked.token === label);
    const asked = this.#asked.find((candidate) => candidate.timer !== undefined && fits(candidate));
    return asked !== undefined && this.#hear(asked, message);
  }

  /** The connection is gone. */
  close(): void {
    for (const asked of this.#asked) this.#fail(asked, failed("offline", "maybe", "The connection broke before the server had answered."));
  }

  #write(asked: Asked): void {
    const { capabilities, write, deadlineMs } = this.#context;
    const { line } = asked.question;
    asked.labelled = capabilities().includes("labeled-response");
    const tagged = asked.labelled ? `@label=${asked.token} ${line}` : line;
    const late = () => this.#fail(asked, failed("offline", "maybe", "The server has not answered in time."));
    asked.timer = setTimeout(late, deadlineMs);
    try {
      if (!write(tagged) || !write(`PING ${asked.token}`)) this.#fail(asked, failed("offline", "maybe", "The connection broke."));
    } catch (error) {
      this.#fail(asked, error);
    }
  }

  #hear(asked: Asked, message: IrcMessage): boolean {
    const { question } = asked;
    if (question.answers.has(message.command) || question.fits?.(message)) {
      question.take(message);
      return true;
    }
    const refusal = refusalOf(message, message.params[1] ?? "");
    if (refusal) asked.refusal ??= refusal.error;
    return refusal !== undefined || (asked.labelled && message.command === "ACK");
  }

  #answered(token: string | undefined): boolean {
    const asked = this.#asked.find((candidate) => candidate.token === token && candidate.timer !== undefined);
    if (!asked) return false;
    if (asked.refusal) this.#fail(asked, asked.refusal);
    else this.#end(asked).resolve();
    return true;
  }

  #fail(asked: Asked, error: unknown): void {
    this.#end(asked).reject(error);
  }

  #end(asked: Asked): PromiseWithResolvers<void> {
    clearTimeout(asked.timer);
    this.#asked = this.#asked.filter((other) => other !== asked);
    return asked.settle;
  }
}

/** Labels are on the outermost batch. */
function rootOf(batch: Batch | undefined): Batch | undefined {
  return batch?.parent ? rootOf(batch.parent) : batch;
}

function isAbout({ answers, about, fits }: Question, message: IrcMessage): boolean {
  if (answers.has(message.command) || fits?.(message)) return true;
  return refusalOf(message, "") !== undefined && (about === undefined || message.params.slice(0, -1).some((name) => about(name)));
}

function failed(code: "offline" | "rate", sent: "no" | "maybe", message: string): BridgeError {
  return new BridgeError({ code, sent, message, action: "none" });
}
