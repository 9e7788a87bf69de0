import { toHex } from "../../sync/encoding/bytes.ts";
import { MalformedError } from "../../sync/errors.ts";
import type { Log } from "../../sync/log-port.ts";
import type { Clock, Crypto, Link } from "../../sync/ports.ts";
import { type Answer, decodeAttempt, encodeAnswer } from "./frames.ts";

/** Attempts of one device at once, and milliseconds until it has one more. */
const BURST = 5;
const REFILL_MS = 60_000;
/** Milliseconds that a link may take. */
const PATIENCE_MS = 10_000;

export interface DoorOptions {
  crypto: Crypto;
  clock: Clock;
  log: Log;
  /** Tries the key; true where it opened the vault. It is wiped afterwards. */
  attempt(key: Uint8Array): Promise<boolean>;
  /** The answer was sent, and the door is of no use any more. */
  opened(): void;
}

/**
 * All that a locked device does for others: it takes the key of its passphrase from an own device, whose transport key the link
 * has proved, and nothing else. One frame in, one frame out.
 */
export class Door {
  readonly #options: DoorOptions;
  readonly #links = new Map<string, Link>();
  /** By device: attempts left, and when that was so. */
  readonly #budgets = new Map<string, { left: number; at: number }>();
  #busy = false;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** The caller has checked that `link.peer` is the key of an own device. */
  accept(link: Link): void {
    const peer = toHex(link.peer);
    this.#links.get(peer)?.close();
    this.#links.set(peer, link);
    const cancel = this.#options.clock.after(PATIENCE_MS, () => link.close());
    let taken = false;
    link.start({
      frame: async (bytes) => {
        if (taken) return;
        taken = true;
        await this.#serve(link, peer, bytes);
      },
      closed: () => {
        cancel();
        if (this.#links.get(peer) === link) this.#links.delete(peer);
      },
    });
  }

  async #serve(link: Link, peer: string, bytes: Uint8Array): Promise<void> {
    const { log, opened } = this.#options;
    let answer: Answer | undefined;
    try {
      answer = await this.#judge(peer, bytes);
      await link.send(encodeAnswer(answer));
    } catch (error) {
      log("warn", "an attempt to unlock was broken off", {
        what: error instanceof MalformedError ? error.message : "it failed on the way",
      });
    }
    link.close();
    // Also where the other side did not wait for the answer.
    if (answer === "opened") opened();
  }

  async #judge(peer: string, bytes: Uint8Array): Promise<Answer> {
    const { crypto, attempt, log } = this.#options;
    const key = decodeAttempt(bytes);
    if (this.#busy || !this.#mayTry(peer)) return "later";
    this.#busy = true;
    try {
      const right = await attempt(key);
      log("warn", right ? "unlocked by an own device" : "an own device gave a wrong passphrase", { device: peer.slice(0, 8) });
      return right ? "opened" : "wrong";
    } finally {
      this.#busy = false;
      crypto.wipe(key);
    }
  }

  #mayTry(peer: string): boolean {
    const now = this.#options.clock.now();
    const { left, at } = this.#budgets.get(peer) ?? { left: BURST, at: now };
    // A clock that was set back gives nothing.
    const gained = Math.max(0, Math.floor((now - at) / REFILL_MS));
    const available = Math.min(BURST, left + gained);
    const since = available === BURST ? now : at + gained * REFILL_MS;
    this.#budgets.set(peer, { left: Math.max(0, available - 1), at: since });
    return available > 0;
  }
}
