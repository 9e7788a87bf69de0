import { HomeportError, MalformedError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import type { Frame } from "./frames.ts";

/** Answers a call of an own device; `text` and the answer are JSON. An error is a `HomeportError`. */
export type CallHandler = (method: string, text: string) => Promise<string>;

const MAX_IN_FLIGHT = 64;
const DEADLINE_MS = 120_000;

interface Pending {
  resolve(text: string): void;
  reject(error: Error): void;
  cancel(): void;
}

/** Calls of the device API between own devices, in both directions over one session. */
export class Calls {
  readonly #handle: CallHandler;
  readonly #send: (frame: Frame) => void;
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #serving = 0;

  constructor(handle: CallHandler, send: (frame: Frame) => void, clock: Clock) {
    this.#handle = handle;
    this.#send = send;
    this.#clock = clock;
  }

  /** Rejects with the other device's `HomeportError`, or `unreachable` where the session ended before the answer. */
  call(method: string, text: string): Promise<string> {
    if (this.#pending.size >= MAX_IN_FLIGHT)
      return Promise.reject(new HomeportError("busy", "Too many requests to the other device at once."));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(DEADLINE_MS, () => this.#settle(id, (call) => call.reject(unreachable())));
      this.#pending.set(id, { resolve, reject, cancel });
      this.#send({ type: "call", id, method, text });
    });
  }

  async handle(frame: Extract<Frame, { type: "call" | "result" }>): Promise<void> {
    if (frame.type === "result")
      return this.#settle(frame.id, (call) => (frame.ok ? call.resolve(frame.text) : call.reject(parseError(frame.text))));
    if (this.#serving >= MAX_IN_FLIGHT) throw new MalformedError("too many calls at once");
    // Not awaited: a long call must not hold up the entries behind it.
    void this.#serve(frame);
  }

  close(): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id, (call) => call.reject(unreachable()));
  }

  async #serve(frame: Extract<Frame, { type: "call" }>): Promise<void> {
    this.#serving += 1;
    try {
      const text = await this.#handle(frame.method, frame.text);
      this.#send({ type: "result", id: frame.id, ok: true, text });
    } catch (error) {
      const { code, message } =
        error instanceof HomeportError ? error : { code: "internal", message: "The other device could not do this." };
      this.#send({ type: "result", id: frame.id, ok: false, text: JSON.stringify({ code, message }) });
    } finally {
      this.#serving -= 1;
    }
  }

  #settle(id: number, act: (call: Pending) => void): void {
    const call = this.#pending.get(id);
    if (!call) return;
    this.#pending.delete(id);
    call.cancel();
    act(call);
  }
}

function unreachable(): HomeportError {
  return new HomeportError("unreachable", "The device that hosts this bridge cannot be reached now. Try again when it is online.");
}

function parseError(text: string): HomeportError {
  try {
    const { code, message } = JSON.parse(text) as { code?: unknown; message?: unknown };
    if (typeof code === "string" && typeof message === "string") return new HomeportError(code.slice(0, 64), message.slice(0, 1024));
  } catch {
    return new HomeportError("internal", "The other device gave an answer that cannot be read.");
  }
  return new HomeportError("internal", "The other device gave an answer that cannot be read.");
}
