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
  readonly #isBehind: (conv: ConvId) => boolean;
  #aliveAt: number;
  /** By the server's clock, where it tells it. */
  #serverAt: number | undefined;
  #notedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `isBehind`: what was missed of it is still being fetched. */
  constructor(shared: Pick<Shared, "heard" | "inbox" | "world">, isBehind: (conv: ConvId) => boolean) {
    this.#shared = shared;
    this.#isBehind = isBehind;
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
  alive(serverAt: number | undefined): void {
    this.#aliveAt = this.#shared.world.now();
    this.#serverAt = serverAt ?? this.#serverAt;
  }

  /** Returns until when it had been listened to before, by our clock and by the server's; undefined where it is new. */
  enter(conv: ConvId, otherwise?: number): { ours: number; server: number } | undefined {
    const { heard } = this.#shared;
    const ours = heard.until(conv) ?? otherwise;
    this.#active.add(conv);
    if (ours === undefined) return undefined;
    const server = heard.server(conv) ?? ours;
    this.#before.set(conv, Math.min(ours, server));
    return { ours, server };
  }

  /** What was said from `since` on cannot be had, or nobody can prove that all of it was. Call `noted` once it has been handed on. */
  gap(conv: ConvId, since: number, why: string | undefined): Draft {
    return gapBetween(conv, since, this.#aliveAt, why);
  }

  /** What was fetched reaches to here. */
  reached(conv: ConvId, serverAt: number): void {
    this.#shared.inbox.note(this.#shared.heard.note([conv], serverAt, serverAt, false));
  }

  noted(conv: ConvId): void {
    this.#note([conv]);
  }

  leave(conv: ConvId): void {
    if (this.#active.delete(conv)) this.#note([conv]);
    this.#before.delete(conv);
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
    const upToDate = convs.filter((conv) => !this.#isBehind(conv));
    for (let start = 0; start < upToDate.length; start += PER_NOTE)
      inbox.note(heard.note(upToDate.slice(start, start + PER_NOTE), this.#aliveAt, this.#serverAt));
  }
}
