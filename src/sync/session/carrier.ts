import { sameBytes } from "../encoding/bytes.ts";
import { MalformedError } from "../errors.ts";
import type { Clock, Link, LinkReceiver, Random } from "../ports.ts";
import { decodeFrame, encodeFrame } from "./frames.ts";

/** F1: how long one link and its keys may carry a session. */
export interface RenewalLimits {
  /** Milliseconds; by up to `spread` more or less, so that not all devices dial at once. */
  after: number;
  spread: number;
  /** In both directions together. */
  bytes: number;
  /** Milliseconds between attempts. */
  retry: number;
  /** So many attempts fail before the old connection goes all the same. */
  attempts: number;
}

export const RENEWAL: RenewalLimits = { after: 30 * 60_000, spread: 5 * 60_000, bytes: 256 << 20, retry: 60_000, attempts: 10 };

/** The other side has to answer on the new link, and to end the old one, within this time. */
const MOVE_MS = 15_000;

export interface CarrierOptions {
  link: Link;
  clock: Clock;
  random: Random;
  limits: RenewalLimits;
  /** Names the session towards the peer; known once both have greeted. */
  token(): Uint8Array | undefined;
  receive(bytes: Uint8Array): Promise<void>;
  /** The session cannot go on. */
  ended(why: string): void;
  /** A new link to the same peer; undefined where this device cannot dial. */
  redial(): Promise<Link> | undefined;
}

/**
 * What carries a session: one link after another, each opened before the one before it is closed, by the side that dialled
 * (F1). Frames keep their order over the change: the listening side says `last` on the old link and goes on over the new one,
 * then the dialling side does; what comes on the new link is read only after the other's `last`, and the listening side, which
 * has the second of them, closes the old link. So no frame is lost, and none comes twice.
 */
export class Carrier {
  readonly #options: CarrierOptions;
  /** Frames are sent here. */
  #current: Link;
  /** Still being read from, while the session moves. */
  #old: Link | undefined;
  /** Dialled, while frames still go over the old one. */
  #next: Link | undefined;
  /** The other side goes on over the next one. */
  #agreed = false;
  /** The other side's `last` has come over the link that is left. */
  #leftBehind = false;
  #gate = Promise.withResolvers<void>();
  #forward: LinkReceiver | undefined;
  #closed = false;
  #bytes = 0;
  #asking = false;
  #failures = 0;
  readonly #timers = new Map<"due" | "move" | "linger", () => void>();

  constructor(options: CarrierOptions) {
    this.#options = options;
    this.#current = options.link;
  }

  get link(): Link {
    return this.#current;
  }

  start(): void {
    this.#listen(this.#current);
  }

  /** Both sides have proved themselves: from here on the link ages. */
  begin(): void {
    if (!this.#current.outbound) return;
    const { after, spread } = this.#options.limits;
    const [a, b] = this.#options.random.bytes(2) as unknown as [number, number];
    this.#in("due", after + Math.round(((a * 256 + b) / 65_535) * 2 * spread) - spread, () => this.#renew());
  }

  send(bytes: Uint8Array): Promise<void> {
    this.#count(bytes.length);
    return this.#current.send(bytes);
  }

  /** The listening side: the peer opened this link to go on over it. What is returned takes its frames. */
  adopt(link: Link): LinkReceiver | undefined {
    const token = this.#options.token();
    if (this.#closed || this.#old || this.#next || !token || this.#current.outbound) return undefined;
    this.#gate = Promise.withResolvers();
    this.#say(link, { type: "continue", token });
    this.#leave(link);
    return this.#receiver(link);
  }

  /** The peer said `last`. */
  leftBehind(): void {
    if (this.#leftBehind || (!this.#old && !this.#next)) throw new MalformedError("the end of a link that nothing replaces");
    this.#leftBehind = true;
    this.#arrive();
  }

  /** The link that came belongs to another session: everything on it goes there. */
  handOver(receiver: LinkReceiver): void {
    this.#stop();
    this.#forward = receiver;
  }

  close(): void {
    if (this.#closed) return;
    this.#stop();
    for (const link of [this.#current, this.#old, this.#next]) link?.close();
  }

  #stop(): void {
    this.#closed = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#gate.resolve();
  }

  #listen(link: Link): void {
    link.start(this.#receiver(link));
  }

  #receiver(link: Link): LinkReceiver {
    return { frame: (bytes) => this.#arrived(link, bytes), closed: () => this.#lost(link) };
  }

  async #arrived(link: Link, bytes: Uint8Array): Promise<void> {
    if (this.#forward) return this.#forward.frame(bytes);
    if (link === this.#next && !this.#agreed) return this.#answered(bytes);
    if (link === this.#next || (link === this.#current && this.#old)) await this.#gate.promise;
    if (this.#closed) return;
    this.#count(bytes.length);
    await this.#options.receive(bytes);
  }

  #lost(link: Link): void {
    if (this.#forward) return this.#forward.closed();
    if (this.#closed) return;
    if (link === this.#next) return this.#failed();
    // An old link that ended before its last frame may have lost some.
    if (link === this.#current || link === this.#old) this.#options.ended("the connection ended");
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes >= this.#options.limits.bytes && this.#failures === 0) this.#renew();
  }

  /** Make before break. */
  #renew(): void {
    if (this.#closed || this.#asking || this.#next || this.#old || !this.#options.token() || !this.#current.outbound) return;
    const dialled = this.#options.redial();
    if (!dialled) return;
    this.#asking = true;
    dialled.then(
      (link) => {
        this.#asking = false;
        this.#moveTo(link);
      },
      () => {
        this.#asking = false;
        this.#failed();
      },
    );
  }

  #moveTo(link: Link): void {
    const token = this.#options.token();
    if (this.#closed || !token) return link.close();
    this.#next = link;
    this.#agreed = false;
    this.#leftBehind = false;
    this.#gate = Promise.withResolvers();
    this.#in("move", MOVE_MS, () => this.#failed());
    this.#listen(link);
    this.#say(link, { type: "continue", token });
  }

  #failed(): void {
    if (this.#closed) return;
    const { retry, attempts } = this.#options.limits;
    this.#timers.get("move")?.();
    const next = this.#next;
    this.#next = undefined;
    next?.close();
    this.#failures += 1;
    // The rule is about keys: they go after a time, also where that interrupts.
    if (this.#failures >= attempts || this.#leftBehind || this.#agreed)
      return this.#options.ended("the connection could not be renewed in time");
    this.#in("due", retry, () => this.#renew());
  }

  #answered(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    const link = this.#next;
    // The other side greets whoever comes before it knows what for.
    if (!link || frame.type === "hello") return;
    if (frame.type !== "continue") throw new MalformedError("not the answer to a link that goes on");
    const token = this.#options.token();
    if (!token || !sameBytes(frame.token, token)) return this.#options.ended("the other side does not know this connection any more");
    this.#failures = 0;
    this.#agreed = true;
    this.#arrive();
  }

  /** From here on frames go over the new link. */
  #leave(link: Link): void {
    this.#say(this.#current, { type: "last" });
    this.#old = this.#current;
    this.#current = link;
    this.#in("move", MOVE_MS, () => this.#options.ended("the connection did not move to its new link in time"));
  }

  /** Once the other side has left the old link, this one does, if it has not yet. */
  #arrive(): void {
    if (!this.#leftBehind) return;
    if (this.#next && this.#agreed) {
      this.#leave(this.#next);
      this.#next = undefined;
    }
    const old = this.#old;
    if (!old) return;
    this.#old = undefined;
    this.#leftBehind = false;
    this.#bytes = 0;
    this.#timers.get("move")?.();
    this.#timers.delete("move");
    this.#gate.resolve();
    this.begin();
    // The side that said `last` first knows that everything has arrived.
    if (old.outbound) this.#in("linger", MOVE_MS, () => old.close());
    else old.close();
  }

  #say(link: Link, frame: { type: "continue"; token: Uint8Array } | { type: "last" }): void {
    link.send(encodeFrame(frame)).catch(() => this.#lost(link));
  }

  #in(what: "due" | "move" | "linger", ms: number, run: () => void): void {
    this.#timers.get(what)?.();
    this.#timers.set(what, this.#options.clock.after(ms, run));
  }
}
