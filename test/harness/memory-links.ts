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
  /** Frames on the way to this side that `send` of the other side took. */
  #arriving: Uint8Array[] = [];
  #next = 0;
  #arrivingBytes = 0;
  /** Frames of the other side for which there is no room here yet. */
  #waiting: Sending[] = [];
  #closedHere = false;
  #closedThere = false;
  #told = false;
  /** A promise of the receiver is pending. */
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
    if (this.#closedHere) this.#tell();
    else this.#schedule();
  }

  send(frame: Uint8Array): Promise<void> {
    if (frame.length === 0 || frame.length > MAX_FRAME) return Promise.reject(new RangeError(`a frame has 1 to ${MAX_FRAME} bytes`));
    if (this.#closedHere || this.#closedThere) return Promise.reject(closedError());
    // Not `slice`, which makes no copy of a Buffer.
    const other = this.#other;
    return other.#offer(new Uint8Array(frame));
  }

  close(): void {
    if (this.#closedHere) return;
    this.#closedHere = true;
    this.#refuseWaiting();
    this.#forget();
    this.#tell();
    this.#other.#peerClosed();
  }

  #peerClosed(): void {
    this.#closedThere = true;
    this.#refuseWaiting();
    this.#schedule();
  }

  #refuseWaiting(): void {
    for (const sending of this.#waiting.splice(0)) sending.refused(closedError());
  }

  #offer(frame: Uint8Array): Promise<void> {
    const { promise, resolve: taken, reject: refused } = Promise.withResolvers<void>();
    this.#waiting.push({ frame, taken, refused });
    this.#admit();
    this.#schedule();
    return promise;
  }

  #admit(): void {
    let admitted = 0;
    for (const { frame, taken } of this.#waiting) {
      if (this.#arrivingBytes >= HIGH_WATER) break;
      this.#arriving.push(frame);
      this.#arrivingBytes += frame.length;
      admitted++;
      taken();
    }
    this.#waiting.splice(0, admitted);
  }

  /** Never within the call that caused it, and not in fake time: what is on the way arrives. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || this.#busy) return;
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) {
      if (!this.#hand(receiver, frame)) return;
    }
    if (this.#closedThere) this.close();
  }

  #take(): Uint8Array | undefined {
    if (this.#closedHere) return undefined;
    const frame = this.#arriving[this.#next];
    if (frame === undefined) return undefined;
    this.#next++;
    this.#arrivingBytes -= frame.length;
    this.#admit();
    if (this.#next >= 1024) this.#forgetTaken();
    return frame;
  }

  #forgetTaken(): void {
    this.#arriving = this.#arriving.slice(this.#next);
    this.#next = 0;
  }

  #forget(): void {
    this.#arriving = [];
    this.#next = 0;
  }

  /** False where the receiver takes its time. */
  #hand(receiver: LinkReceiver, frame: Uint8Array): boolean {
    try {
      const pending = receiver.frame(frame);
      if (pending === undefined) return true;
      this.#busy = true;
      void this.#await(pending);
      return false;
    } catch {
      // As in the real link, a receiver that fails ends the link; what it lost is its own to report.
      this.close();
      return true;
    }
  }

  async #await(pending: Promise<void>): Promise<void> {
    try {
      await pending;
      this.#busy = false;
      this.#deliver();
    } catch {
      this.close();
    }
  }

  #tell(): void {
    const receiver = this.#receiver;
    if (this.#told || receiver === undefined) return;
    this.#told = true;
    queueMicrotask(() => receiver.closed());
  }
}

function closedError(): HomeportError {
  return new HomeportError("link-closed", "The connection to the other device is closed.");
}
