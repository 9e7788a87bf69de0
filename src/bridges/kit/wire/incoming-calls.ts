import type { BridgeErrorData } from "../../contract/index.ts";
import { toBridgeError } from "../bridge-error.ts";
import { MAX_CALLS, MAX_URGENT_CALLS } from "./limits.ts";
import { asErrorData, encodeMessage, type Message } from "./message.ts";
import type { SendMessage } from "./frame-writer.ts";
import { WireError } from "./wire-error.ts";

/** Answers a call; a `WireError` that it throws ends the connection, anything else becomes the caller's `BridgeError`. */
export type Serve = (method: string, params: unknown, signal: AbortSignal) => Promise<unknown>;

/** Calls by the other side. `fail` is told of what breaks the protocol. */
export class IncomingCalls {
  readonly #serve: Serve;
  readonly #send: SendMessage;
  readonly #fail: (error: WireError) => void;
  readonly #running = new Map<number, AbortController>();
  #closed = false;

  constructor(serve: Serve, send: SendMessage, fail: (error: WireError) => void) {
    this.#serve = serve;
    this.#send = send;
    this.#fail = fail;
  }

  /** Throws `WireError` for too many calls or an id that is taken. */
  begin(message: Extract<Message, { kind: "call" }>): void {
    if (this.#running.has(message.id)) throw new WireError("a call id that is taken");
    if (this.#running.size >= MAX_CALLS + MAX_URGENT_CALLS) throw new WireError("too many calls at once");
    const controller = new AbortController();
    this.#running.set(message.id, controller);
    void this.#run(message, controller.signal);
  }

  /** Of a call that is already answered, nothing happens. */
  cancel(id: number): void {
    this.#running.get(id)?.abort();
  }

  close(): void {
    this.#closed = true;
    for (const controller of this.#running.values()) controller.abort();
    this.#running.clear();
  }

  async #run(call: Extract<Message, { kind: "call" }>, signal: AbortSignal): Promise<void> {
    let answer: Extract<Message, { kind: "result" | "error" }>;
    try {
      answer = { kind: "result", id: call.id, value: await this.#serve(call.method, call.params, signal) };
    } catch (thrown) {
      if (thrown instanceof WireError) return this.#fail(thrown);
      answer = { kind: "error", id: call.id, error: errorData(thrown) };
    }
    if (this.#closed) return;
    // Only a written answer makes room for another call: else one who never reads fills the memory with answers.
    this.#send({ bytes: encodeAnswer(answer), written: () => this.#running.delete(call.id) });
  }
}

function encodeAnswer(answer: Extract<Message, { kind: "result" | "error" }>): Uint8Array {
  try {
    return encodeMessage(answer);
  } catch (thrown) {
    const error = { ...errorData(thrown), sent: "maybe" as const };
    return encodeMessage({ kind: "error", id: answer.id, error });
  }
}

/** What was thrown may come from a plugin in plain JavaScript: only what the other side accepts goes out. */
function errorData(thrown: unknown): BridgeErrorData {
  try {
    return asErrorData(toBridgeError(thrown, "maybe").data);
  } catch {
    return { code: "internal", sent: "maybe", message: "An error of an unknown form." };
  }
}
