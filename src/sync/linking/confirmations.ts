import { HomeportError } from "../errors.ts";
import { sameCode } from "./transcript.ts";

const MAX_WRONG = 3;

interface Waiting {
  code: string;
  wrong: number;
  resolve(): void;
  reject(error: HomeportError): void;
}

/** Codes that the person has yet to compare (K5). */
export class Confirmations {
  readonly #waiting = new Set<Waiting>();

  /** Resolves once the person has confirmed this code. Rejects with `wrong-code` after three wrong ones. */
  wait(code: string): { confirmed: Promise<void>; drop(): void } {
    const { promise: confirmed, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { code, wrong: 0, resolve, reject };
    this.#waiting.add(waiting);
    return { confirmed, drop: () => void this.#waiting.delete(waiting) };
  }

  /** Throws `HomeportError`: `not-found` where no device waits, `wrong-code` where none has this code. */
  confirm(code: string): void {
    if (this.#waiting.size === 0) throw new HomeportError("not-found", "No device is waiting to be confirmed.");
    const fitting = [...this.#waiting].find((waiting) => sameCode(waiting.code, code));
    if (fitting === undefined) throw this.#countWrong();
    this.#waiting.delete(fitting);
    fitting.resolve();
  }

  /** Who guesses has three tries in a million. */
  #countWrong(): HomeportError {
    let left = 0;
    for (const waiting of [...this.#waiting]) {
      left = Math.max(left, MAX_WRONG - ++waiting.wrong);
      if (waiting.wrong < MAX_WRONG) continue;
      this.#waiting.delete(waiting);
      waiting.reject(new HomeportError("wrong-code", "Three wrong codes: nothing was linked; make a new link."));
    }
    if (left === 0) return new HomeportError("wrong-code", "That was the third wrong code: nothing was linked; make a new link.");
    return new HomeportError("wrong-code", "The new device shows another code; look again, and if it differs, do not link it.");
  }
}
