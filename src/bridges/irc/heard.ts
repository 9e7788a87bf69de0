import type { ConvId } from "../contract/index.ts";

/** 1 January 2100. */
const LATEST = Date.UTC(2100, 0, 1);
const PREFIX = "heard:";
/** When the server was last heard at all, by its own clock. */
const ALIVE = "alive";
const MAX_ID = 512;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Times are milliseconds since 1970. */
interface Until {
  /** By our clock. */
  ours: number;
  /** By the server's clock; undefined where it tells none. */
  server?: number | undefined;
  /** The last message, by its id and the server's clock. */
  last?: { id: string; ts: number } | undefined;
}

/** Until when each conversation was listened to: where a gap begins, and what history has to reach back to. Kept in the plugin's state at the host. */
export class Heard {
  readonly #until = new Map<ConvId, Until>();
  #alive: number | undefined;

  constructor(kv: Record<string, Uint8Array>) {
    for (const [key, value] of Object.entries(kv)) {
      const until = parsed(decoder.decode(value));
      if (key.startsWith(PREFIX) && until) this.#until.set(key.slice(PREFIX.length), until);
      if (key === ALIVE) this.#alive = until?.ours;
    }
  }

  /** By our clock. */
  until(conv: ConvId): number | undefined {
    return this.#until.get(conv)?.ours;
  }

  /** By the server's clock, as far as it told it. */
  server(conv: ConvId): number | undefined {
    const until = this.#until.get(conv);
    return until?.server ?? until?.ours;
  }

  last(conv: ConvId): { id: string; ts: number } | undefined {
    return this.#until.get(conv)?.last;
  }

  /** The server was heard at this time, by its clock, before this process or connection began. */
  get alive(): number | undefined {
    return this.#alive;
  }

  /** A message that is with the host, or on its way there: kept with the next note. */
  message(conv: ConvId, id: string, ts: number): void {
    const until = this.#until.get(conv);
    if (until && id.length <= MAX_ID && ts >= (until.last?.ts ?? 0)) until.last = { id, ts };
  }

  /** Returns the state to keep. `isLive`: the server was heard at that time, not only its history. */
  note(convs: readonly ConvId[], ours: number, server?: number, isLive = true): Record<string, Uint8Array> {
    const kept: Record<string, Uint8Array> = {};
    for (const conv of convs) {
      const until = { ours, server: server ?? this.#until.get(conv)?.server, last: this.#until.get(conv)?.last };
      this.#until.set(conv, until);
      kept[PREFIX + conv] = encoder.encode(written(until));
    }
    if (server !== undefined && isLive) kept[ALIVE] = encoder.encode(String(server));
    return kept;
  }

  /** What is kept of conversations that are not open any more. */
  forgetAllBut(open: readonly ConvId[]): Record<string, null> {
    const closed = [...this.#until.keys()].filter((conv) => !open.includes(conv));
    return Object.assign({}, ...closed.map((conv) => this.forget(conv))) as Record<string, null>;
  }

  forget(conv: ConvId): Record<string, null> {
    this.#until.delete(conv);
    return { [PREFIX + conv]: null };
  }
}

/** A time alone, or the times with the last message. */
function written({ ours, server, last }: Until): string {
  return server === undefined ? String(ours) : JSON.stringify([ours, server, ...(last ? [last.id, last.ts] : [])]);
}

function parsed(text: string): Until | undefined {
  const values = valuesIn(text);
  const [ours, server, id, ts] = values;
  if (!isTime(ours)) return undefined;
  const last = typeof id === "string" && id.length <= MAX_ID && isTime(ts) ? { id, ts } : undefined;
  return { ours, server: isTime(server) ? server : undefined, last };
}

function valuesIn(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch {
    // Spoiled or of another version: then nothing is known of that time.
    return [];
  }
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value < LATEST;
}
