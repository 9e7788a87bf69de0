import type { Inbound } from "../contract/index.ts";
import { BridgeError } from "../kit/index.ts";
import type { Batch } from "./batches.ts";
import type { Questions } from "./questions.ts";
import type { Support } from "./isupport.ts";

/** Names of the capability (ircv3.net/specs/extensions/chathistory). */
const CAPABILITIES = ["draft/chathistory", "chathistory"] as const;
/** Messages asked for at once, where the server allows as many. */
const PAGE = 200;

/** What came for one request. */
export interface Page {
  /** Messages and other lines, own ones included. */
  count: number;
  /** Ids of messages, as the server gave them or made of what they say. */
  ids: Set<string>;
  oldest: Point | undefined;
  newest: Point | undefined;
  /** Set where what comes is only collected. */
  collected: Inbound[] | undefined;
}

/** A place in the history of a conversation. */
export interface Point {
  /** The server's own id; undefined where it gives none. */
  msgid: string | undefined;
  /** Milliseconds since 1970, by the server's clock. */
  ts: number;
}

export interface HistoryContext {
  questions: Pick<Questions, "ask">;
  capabilities: () => readonly string[];
  support: Support;
  same: (one: string, other: string) => boolean;
}

function hasHistory(capabilities: readonly string[]): boolean {
  return CAPABILITIES.some((name) => capabilities.includes(name)) && capabilities.includes("batch") && capabilities.includes("server-time");
}

/** Requests for what was said (CHATHISTORY), one after the other. */
export class History {
  readonly #context: HistoryContext;
  #turn: Promise<unknown> = Promise.resolve();
  #current: { target: string; page: Page } | undefined;

  constructor(context: HistoryContext) {
    this.#context = context;
  }

  get isThere(): boolean {
    return hasHistory(this.#context.capabilities());
  }

  get pageSize(): number {
    const limit = this.#context.support.historyLimit;
    return limit > 0 ? Math.min(limit, PAGE) : PAGE;
  }

  /** Rejects with a `BridgeError`: what the server refuses, and when the connection breaks. */
  after(target: string, point: Point): Promise<Page> {
    return this.#request(target, `CHATHISTORY AFTER ${target} ${selector(point)} ${this.pageSize}`, false);
  }

  /** What comes is not handed on but in the page. Without `point` the newest. */
  before(target: string, point: string | undefined, limit: number): Promise<Page> {
    const count = Math.max(1, Math.min(limit, this.pageSize));
    const what = point === undefined ? `LATEST ${target} *` : `BEFORE ${target} ${point}`;
    return this.#request(target, `CHATHISTORY ${what} ${count}`, true);
  }

  /** Who was written to or by whom between two times, in milliseconds. */
  async targets(from: number, until: number): Promise<string[]> {
    const names: string[] = [];
    const line = `CHATHISTORY TARGETS timestamp=${iso(from)} timestamp=${iso(until)} ${this.pageSize}`;
    await this.#ask(line, ({ params }) => {
      if (params[0]?.toUpperCase() === "TARGETS" && params[1] !== undefined && names.length < PAGE) names.push(params[1]);
    });
    return names;
  }

  /** Notes a line of a playback; where it is only collected, true. */
  saw(batch: Batch, id: string, point: Point, events: readonly Inbound[]): boolean {
    const current = this.#current;
    if (!current || !isOf(batch, current.target, this.#context.same)) return false;
    const { page } = current;
    page.count += 1;
    page.ids.add(id);
    page.oldest = page.oldest === undefined || point.ts < page.oldest.ts ? point : page.oldest;
    page.newest = page.newest === undefined || point.ts >= page.newest.ts ? point : page.newest;
    page.collected?.push(...events);
    return page.collected !== undefined;
  }

  #request(target: string, line: string, collect: boolean): Promise<Page> {
    const run = async (): Promise<Page> => {
      const page: Page = { count: 0, ids: new Set(), oldest: undefined, newest: undefined, collected: collect ? [] : undefined };
      this.#current = { target, page };
      try {
        await this.#ask(line, () => undefined);
      } finally {
        this.#current = undefined;
      }
      return page;
    };
    const answer = this.#turn.then(run, run);
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  #ask(line: string, take: (message: { params: string[] }) => void): Promise<void> {
    if (!this.isThere) throw new BridgeError({ code: "unsupported", sent: "no", message: "This server keeps no history.", action: "none" });
    return this.#context.questions.ask({
      line,
      answers: new Set(["CHATHISTORY"]),
      about: (name) => name.toUpperCase() === "CHATHISTORY",
      take,
    });
  }
}

/** As it stands in a request. */
export function selector({ msgid, ts }: Point): string {
  return msgid === undefined ? `timestamp=${iso(ts)}` : `msgid=${msgid}`;
}

const iso = (ms: number): string => new Date(ms).toISOString();

function isOf(batch: Batch, target: string, same: (one: string, other: string) => boolean): boolean {
  const named = batch.type.toLowerCase().endsWith("chathistory") && batch.target !== undefined && same(batch.target, target);
  return named || (batch.parent !== undefined && isOf(batch.parent, target, same));
}
