import { HomeportError } from "../../sync/errors.ts";
import type { Link, LinkReceiver } from "../../sync/ports.ts";
import { decodeWord, encodeWord, type RelayWord } from "./wire.ts";

interface Waiting {
  bytes: Uint8Array;
  taken(): void;
}

/** A link whose first frames are words, and whose further ones belong to somebody else. */
export class Talk {
  readonly link: Link;
  readonly #frames: Waiting[] = [];
  #wake: (() => void) | undefined;
  #receiver: LinkReceiver | undefined;
  #closed = false;

  constructor(link: Link) {
    this.link = link;
    link.start({ frame: (bytes) => this.#frame(bytes), closed: () => this.#end() });
  }

  say(word: RelayWord): Promise<void> {
    return this.link.send(encodeWord(word));
  }

  /** Rejects where the link ends before, or the signal is aborted; throws `MalformedError`. */
  async hear(signal?: AbortSignal): Promise<RelayWord> {
    while (this.#frames.length === 0) {
      signal?.throwIfAborted();
      if (this.#closed) throw new HomeportError("unreachable", "The relay ended the connection.");
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal?.addEventListener("abort", () => resolve(), { once: true });
      await promise;
    }
    const { bytes, taken } = this.#frames.shift() as Waiting;
    const word = decodeWord(bytes);
    taken();
    return word;
  }

  /** Every further frame, those that came meanwhile first. */
  async handOver(receiver: LinkReceiver): Promise<void> {
    for (let next = this.#frames.shift(); next; next = this.#frames.shift()) {
      await receiver.frame(next.bytes);
      next.taken();
    }
    this.#receiver = receiver;
    if (this.#closed) receiver.closed();
  }

  close(): void {
    this.link.close();
  }

  #frame(bytes: Uint8Array): void | Promise<void> {
    if (this.#receiver) return this.#receiver.frame(bytes);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#frames.push({ bytes, taken: resolve });
    this.#wake?.();
    // No further one comes until this one is taken, so that a peer cannot fill the memory.
    return promise;
  }

  #end(): void {
    this.#closed = true;
    this.#wake?.();
    this.#receiver?.closed();
  }
}
