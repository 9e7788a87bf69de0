import type { BridgeErrorData } from "../../contract/index.ts";
import { BridgeError } from "../bridge-error.ts";
import { MAX_CALLS, MAX_URGENT_CALLS, MAX_WAITING_CALLS } from "./limits.ts";
import { encodeMessage, type Message } from "./message.ts";
import type { SendMessage } from "./frame-writer.ts";
import { WireError } from "./wire-error.ts";

export interface CallOptions {
  /** Milliseconds until the caller gives up; the other side is told to. */
  deadline: number;
  signal?: AbortSignal | undefined;
  /** Takes one of the few places that are kept free for pings and the good-bye. */
  urgent?: boolean | undefined;
}

export type After = (ms: number, run: () => void) => () => void;

interface Pending {
  id: number;
  bytes: Uint8Array;
  options: CallOptions;
  written: boolean;
  done: boolean;
  resolve: (value: unknown) => void;
  reject: (error: BridgeError) => void;
  release: () => void;
}

/**
 * Calls to the other side. A place is free again only when the answer has come, even if nobody waits for it any more: so
 * the other side never has more than its limit to do.
 */
export class OutgoingCalls {
  readonly #send: SendMessage;
  readonly #after: After;
  readonly #onWire = new Map<number, Pending>();
  readonly #waiting: Pending[] = [];
  #urgentOnWire = 0;
  #lastId = 0;
  #closed: string | undefined;

  constructor(send: SendMessage, after: After) {
    this.#send = send;
    this.#after = after;
  }

  /** Rejects with a `BridgeError`; `sent: "no"` as long as nothing has left this process. */
  async call(method: string, params: unknown, options: CallOptions): Promise<unknown> {
    if (this.#closed !== undefined) throw offline(this.#closed, "no");
    if (options.signal?.aborted === true) throw offline("It was called off before it began.", "no");
    if (this.#waiting.length >= MAX_WAITING_CALLS) throw tooMany();
    const id = ++this.#lastId;
    const bytes = encodeMessage({ kind: "call", id, method, params });
    return new Promise((resolve, reject) =>
      this.#begin({ id, bytes, options, written: false, done: false, resolve, reject, release: () => undefined }),
    );
  }

  /** An answer came. Throws `WireError` for one that nobody asked for. */
  settle(message: Extract<Message, { kind: "result" | "error" }>): void {
    const pending = this.#onWire.get(message.id);
    if (pending === undefined) throw new WireError("an answer to no question");
    this.#takeOff(pending);
    if (message.kind === "result") this.#finish(pending, () => pending.resolve(message.value));
    else this.#finish(pending, () => pending.reject(new BridgeError(message.error)));
    this.#sendWaiting();
  }

  /** The connection is gone. */
  close(reason: string): void {
    this.#closed = reason;
    const all = [...this.#onWire.values(), ...this.#waiting];
    this.#onWire.clear();
    this.#waiting.length = 0;
    for (const pending of all) this.#giveUp(pending, reason);
  }

  #begin(pending: Pending): void {
    const { deadline, signal } = pending.options;
    const seconds = Math.round(deadline / 100) / 10;
    const cancelTimer = this.#after(deadline, () => this.#abandon(pending, `There was no answer within ${seconds} s.`));
    const onAbort = (): void => this.#abandon(pending, "It was called off.");
    signal?.addEventListener("abort", onAbort, { once: true });
    pending.release = () => {
      cancelTimer();
      signal?.removeEventListener("abort", onAbort);
    };
    this.#waiting.push(pending);
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    for (;;) {
      const index = this.#waiting.findIndex((pending) => this.#hasPlace(pending));
      const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (next === undefined) return;
      this.#onWire.set(next.id, next);
      if (next.options.urgent === true) this.#urgentOnWire++;
      this.#send({ bytes: next.bytes, wanted: () => !next.done, written: () => (next.written = true) });
    }
  }

  #hasPlace(pending: Pending): boolean {
    if (pending.options.urgent === true) return this.#urgentOnWire < MAX_URGENT_CALLS;
    return this.#onWire.size - this.#urgentOnWire < MAX_CALLS;
  }

  #abandon(pending: Pending, reason: string): void {
    const index = this.#waiting.indexOf(pending);
    if (index >= 0) this.#waiting.splice(index, 1);
    else if (pending.written) this.#send({ bytes: encodeMessage({ kind: "cancel", id: pending.id }) });
    // Not written: the writer drops it, no answer will come.
    else this.#takeOff(pending);
    this.#giveUp(pending, reason);
    this.#sendWaiting();
  }

  #takeOff(pending: Pending): void {
    if (this.#onWire.delete(pending.id) && pending.options.urgent === true) this.#urgentOnWire--;
  }

  #giveUp(pending: Pending, reason: string): void {
    this.#finish(pending, () => pending.reject(offline(reason, pending.written ? "maybe" : "no")));
  }

  #finish(pending: Pending, settle: () => void): void {
    if (pending.done) return;
    pending.done = true;
    pending.release();
    settle();
  }
}

function offline(message: string, sent: BridgeErrorData["sent"]): BridgeError {
  return new BridgeError({ code: "offline", sent, message });
}

const tooMany = (): BridgeError =>
  new BridgeError({ code: "rate", sent: "no", message: `More than ${MAX_WAITING_CALLS} calls are waiting.`, retryAfterMs: 1_000 });
