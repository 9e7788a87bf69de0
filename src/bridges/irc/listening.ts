import type { ConvId } from "../contract/index.ts";
import { gapBetween } from "./gaps.ts";
import type { Draft } from "./scene.ts";
import type { Shared } from "./shared.ts";

/** Conversations in one note of state. */
const PER_NOTE = 500;

/** Which conversations one connection listens to, and until when: what was missed in between becomes a visible gap. */
export class Listening {
  readonly #shared: Pick<Shared, "heard" | "inbox" | "world">;
  readonly #active = new Set<ConvId>();
  readonly #before = new Map<ConvId, number>();
  #aliveAt: number;
  #notedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(shared: Pick<Shared, "heard" | "inbox" | "world">) {
    this.#shared = shared;
    this.#aliveAt = shared.world.now();
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), this.#shared.world.timings.heard);
  }

  get size(): number {
    return this.#active.size;
  }

  isActive(conv: ConvId): boolean {
    return this.#active.has(conv);
  }

  /** A line came: until now nothing was missed. */
  alive(): void {
    this.#aliveAt = this.#shared.world.now();
  }

  /** Call `noted` once the gap has been handed on. */
  enter(conv: ConvId): Draft[] {
    const since = this.#shared.heard.until(conv);
    this.#active.add(conv);
    if (since === undefined) return [];
    this.#before.set(conv, since);
    return [gapBetween(conv, since, this.#aliveAt)];
  }

  noted(conv: ConvId): void {
    this.#note([conv]);
  }

  leave(conv: ConvId): void {
    if (this.#active.delete(conv)) this.#note([conv]);
  }

  forget(conv: ConvId): void {
    this.#active.delete(conv);
    this.#shared.inbox.note(this.#shared.heard.forget(conv));
  }

  /** Until when the conversation had been listened to when this connection entered it. */
  heardBefore(conv: ConvId): number | undefined {
    return this.#before.get(conv);
  }

  /** The connection is gone. */
  stop(): void {
    clearInterval(this.#timer);
    this.#note([...this.#active]);
    this.#active.clear();
  }

  #tick(): void {
    if (this.#aliveAt !== this.#notedAt) this.#note([...this.#active]);
  }

  #note(convs: readonly ConvId[]): void {
    const { heard, inbox } = this.#shared;
    this.#notedAt = this.#aliveAt;
    for (let start = 0; start < convs.length; start += PER_NOTE)
      inbox.note(heard.note(convs.slice(start, start + PER_NOTE), this.#aliveAt));
  }
}
