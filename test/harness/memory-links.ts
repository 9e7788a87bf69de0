import { setImmediate } from "node:timers";
import { HomeportError } from "../../src/sync/errors.ts";
import { type Link, type LinkReceiver, MAX_FRAME } from "../../src/sync/ports.ts";

/** Bytes on the way in one direction above which `send` waits for the receiver. */
const HIGH_WATER = 1 << 20;

export interface LinkPairOptions {
  /** Transport keys of the dialling and of the listening side, 32 bytes each. */
  keys?: [Uint8Array, Uint8Array];
}

/**
 * Two ends of one link inside the process, the dialling one first; they pass the same conformance suite as the real
 * links. Frames are copied, handed over later and in order; `send` waits while the other side does not take them.
 */
export function linkPair(options: LinkPairOptions = {}): [Link, Link] {
  const [dialler, listener] = options.keys ?? [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const near = new MemoryLink(listener, true);
  const far = new MemoryLink(dialler, false);
  near.join(far);
  far.join(near);
  return [near, far];
}

interface Sending {
  frame: Uint8Array;
  taken: () => void;
  refused: (reason: Error) => void;
}

class MemoryLink implements Link {
  readonly peer: Uint8Array;
  readonly outbound: boolean;
  readonly address = "/memory";
  #other!: MemoryLink;
  #receiver: LinkReceiver | undefined;
  /** On the way to this side: counted in bytes and taken by `send`. */
  #arriving: Uint8Array[] = [];
  #arrivingBytes = 0;
  /** Frames of the other side for which there is no room here yet. */
  #waiting: Sending[] = [];
  #closedHere = false;
  #closedThere = false;
  #told = false;
  #busy = false;
  #scheduled = false;

  constructor(peer: Uint8Array, outbound: boolean) {
    this.peer = peer;
    this.outbound = outbound;
  }

  join(other: MemoryLink): void {
    this.#other = other;
  }

  start(receiver: LinkReceiver): void {
    if (this.#receiver !== undefined) throw new TypeError("a link is started once");
    this.#receiver = receiver;
    this.#schedule();
  }

  async send(frame: Uint8Array): Promise<void> {
    if (frame.length === 0 || frame.length > MAX_FRAME) throw new RangeError(`a frame has 1 to ${MAX_FRAME} bytes`);
    if (this.#closedHere || this.#closedThere) throw closedError();
    const copy = frame.slice();
    await new Promise<void>((taken, refused) => this.#other.#offer({ frame: copy, taken, refused }));
  }

  close(): void {
    if (this.#closedHere) return;
    this.#closedHere = true;
    for (const sending of this.#waiting.splice(0)) sending.refused(closedError());
    this.#arriving.length = 0;
    this.#schedule();
    this.#other.#peerClosed();
  }

  #peerClosed(): void {
    this.#closedThere = true;
    for (const sending of this.#other.#waiting.splice(0)) sending.refused(closedError());
    this.#schedule();
  }

  #offer(sending: Sending): void {
    if (this.#closedHere) {
      sending.refused(closedError());
      return;
    }
    this.#waiting.push(sending);
    this.#admit();
    this.#schedule();
  }

  #admit(): void {
    while (this.#arrivingBytes < HIGH_WATER) {
      const sending = this.#waiting.shift();
      if (sending === undefined) return;
      this.#arriving.push(sending.frame);
      this.#arrivingBytes += sending.frame.length;
      sending.taken();
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#deliver();
    });
  }

  async #deliver(): Promise<void> {
    const receiver = this.#receiver;
    if (receiver === undefined || this.#busy || this.#told) return;
    this.#busy = true;
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) {
      const pending = receiver.frame(frame);
      if (pending !== undefined) await pending.catch(() => this.close());
    }
    this.#busy = false;
    if (!this.#closedHere && !this.#closedThere) return;
    this.#told = true;
    this.close();
    receiver.closed();
  }

  #take(): Uint8Array | undefined {
    if (this.#closedHere) return undefined;
    const frame = this.#arriving.shift();
    if (frame === undefined) return undefined;
    this.#arrivingBytes -= frame.length;
    this.#admit();
    return frame;
  }
}

function closedError(): HomeportError {
  return new HomeportError("link-closed", "The connection to the other device is closed.");
}
