import type { ConvId } from "../contract/index.ts";

/** 1 January 2100. */
const LATEST = Date.UTC(2100, 0, 1);
const PREFIX = "heard:";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Until when each conversation was listened to, in milliseconds since 1970: where a gap begins. Kept in the plugin's state at the host. */
export class Heard {
  readonly #times = new Map<ConvId, number>();

  constructor(kv: Record<string, Uint8Array>) {
    for (const [key, value] of Object.entries(kv)) {
      const time = Number(decoder.decode(value));
      if (key.startsWith(PREFIX) && Number.isInteger(time) && time > 0 && time < LATEST) this.#times.set(key.slice(PREFIX.length), time);
    }
  }

  until(conv: ConvId): number | undefined {
    return this.#times.get(conv);
  }

  /** Returns the state to keep. */
  note(convs: readonly ConvId[], time: number): Record<string, Uint8Array> {
    for (const conv of convs) this.#times.set(conv, time);
    return Object.fromEntries(convs.map((conv) => [PREFIX + conv, encoder.encode(String(time))]));
  }

  /** What is kept of conversations that are not open any more. */
  forgetAllBut(open: readonly ConvId[]): Record<string, null> {
    const closed = [...this.#times.keys()].filter((conv) => !open.includes(conv));
    return Object.assign({}, ...closed.map((conv) => this.forget(conv))) as Record<string, null>;
  }

  forget(conv: ConvId): Record<string, null> {
    this.#times.delete(conv);
    return { [PREFIX + conv]: null };
  }
}
