import { Buffer } from "node:buffer";
import type { IrcMessage } from "irc-framework";
import type { ConvId } from "../contract/index.ts";
import { BridgeError, backoffMs } from "../kit/index.ts";
import type { Conversations } from "./conversations.ts";
import type { Rooms } from "./rooms.ts";
import { refusalOf } from "./send-errors.ts";
import type { World } from "./world.ts";

export interface JoinsContext {
  world: World;
  conversations: Conversations;
  rooms: Rooms;
  /** Most channels that one JOIN may name. */
  targets: number;
  key: (conv: ConvId) => Promise<string | undefined>;
  /** Writes when it is this line's turn; resolves once it is written. */
  write: (line: string) => Promise<void>;
  /** We are not in this channel, and why; told once for each reason. */
  refused: (conv: ConvId, error: BridgeError) => void;
}

interface Asking {
  joined: PromiseWithResolvers<void>;
  /** The person has it open already: a refusal is not the end. */
  again: boolean;
  /** Once the question is written. */
  timer: NodeJS.Timeout | undefined;
}

interface Outside {
  error: BridgeError;
  attempt: number;
  timer: NodeJS.Timeout;
}

/** Who was put out again so soon after coming in waits longer the next time. */
const WELCOME_MS = 600_000;
/** Bytes of the names in one JOIN line. */
const MAX_NAMES = 350;

/** Joins the open channels of one connection, and again for ever where that fails or somebody puts us out. */
export class Joins {
  readonly #context: JoinsContext;
  readonly #asking = new Map<ConvId, Asking>();
  readonly #outside = new Map<ConvId, Outside>();
  readonly #entered = new Map<ConvId, { at: number; attempt: number }>();

  constructor(context: JoinsContext) {
    this.#context = context;
  }

  /** All open channels: those without a key together, as far as the server allows. */
  async start(): Promise<void> {
    const channels = this.#context.conversations.openChannels();
    for (const conv of channels) this.#ask(conv, true).catch(ignore);
    const keys = await Promise.all(channels.map((conv) => this.#context.key(conv)));
    const open = channels.filter((_, at) => !keys[at]);
    for (const group of grouped(open, this.#names, this.#context.targets)) this.#write(group);
    for (const [at, conv] of channels.entries()) if (keys[at]) this.#write([conv], keys[at]);
  }

  stop(): void {
    const gone = new BridgeError({ code: "offline", sent: "no", message: "The connection broke before the channel was joined." });
    for (const conv of this.#asking.keys()) this.#answer(conv)?.reject(gone);
    for (const { timer } of this.#outside.values()) clearTimeout(timer);
    this.#outside.clear();
  }

  /** Resolves once we are in; rejects with a `BridgeError` otherwise, and then tries no more unless `again`. */
  join(conv: ConvId, { name, key, again }: { name: string; key: string | undefined; again: boolean }): Promise<void> {
    if (this.#context.rooms.get(conv)) return Promise.resolve();
    this.#forget(conv);
    const joined = this.#ask(conv, again);
    this.#write([conv], key, name);
    return joined;
  }

  /** For what wants to write there: waits for a join that is under way. */
  async inside(conv: ConvId): Promise<void> {
    if (this.#context.rooms.get(conv)) return;
    await this.#asking.get(conv)?.joined.promise;
    const outside = this.#outside.get(conv);
    if (outside) throw outside.error;
    if (!this.#context.rooms.get(conv)) throw notIn(this.#names(conv));
  }

  /** The person closed it. */
  leave(conv: ConvId): void {
    this.#entered.delete(conv);
    this.#answer(conv)?.reject(notIn(this.#names(conv)));
    this.#forget(conv);
  }

  /** Whether the line refuses one of our JOINs. */
  takeRefusal(message: IrcMessage): boolean {
    const conv = this.#context.conversations.idOf(message.params[1] ?? "");
    if (conv === undefined || !this.#asking.has(conv)) return false;
    const refusal = refusalOf(message, message.params[1] ?? "");
    if (refusal) this.#fail(conv, refusal.error);
    return refusal !== undefined;
  }

  entered(conv: ConvId): void {
    const attempt = this.#outside.get(conv)?.attempt ?? this.#entered.get(conv)?.attempt ?? 0;
    this.#entered.set(conv, { at: this.#context.world.steady(), attempt });
    this.#forget(conv);
    this.#answer(conv)?.resolve();
  }

  /** Somebody put us out. */
  expelled(conv: ConvId): void {
    const error = new BridgeError({ code: "forbidden", sent: "no", message: `You were put out of ${this.#names(conv)}.`, action: "none" });
    this.#retryLater(conv, error, { tell: false });
  }

  readonly #names = (conv: ConvId): string => this.#context.conversations.nameOf(conv);

  #ask(conv: ConvId, again: boolean): Promise<void> {
    const earlier = this.#asking.get(conv);
    if (earlier) return earlier.joined.promise;
    const joined = Promise.withResolvers<void>();
    joined.promise.catch(ignore);
    this.#asking.set(conv, { joined, again, timer: undefined });
    return joined.promise;
  }

  #write(convs: readonly ConvId[], key?: string, names = convs.map(this.#names).join(",")): void {
    const written = this.#context.write(key ? `JOIN ${names} ${key}` : `JOIN ${names}`);
    written.then(() => convs.forEach((conv) => this.#expectAnswer(conv))).catch(ignore);
  }

  #expectAnswer(conv: ConvId): void {
    const asking = this.#asking.get(conv);
    if (!asking) return;
    clearTimeout(asking.timer);
    asking.timer = setTimeout(() => this.#fail(conv, silent(this.#names(conv))), this.#context.world.timings.join);
  }

  #answer(conv: ConvId): PromiseWithResolvers<void> | undefined {
    const asking = this.#asking.get(conv);
    clearTimeout(asking?.timer);
    this.#asking.delete(conv);
    return asking?.joined;
  }

  #fail(conv: ConvId, error: BridgeError): void {
    if (this.#asking.get(conv)?.again) this.#retryLater(conv, error, { tell: true });
    this.#answer(conv)?.reject(error);
  }

  #retryLater(conv: ConvId, error: BridgeError, { tell }: { tell: boolean }): void {
    const { world, refused } = this.#context;
    const before = this.#outside.get(conv);
    clearTimeout(before?.timer);
    const attempt = (before?.attempt ?? this.#attemptsBefore(conv)) + 1;
    const timer = setTimeout(() => void this.#again(conv), backoffMs(attempt, world.random(), world.timings.rejoin));
    this.#outside.set(conv, { error, attempt, timer });
    if (tell && before?.error.message !== error.message) refused(conv, error);
  }

  #attemptsBefore(conv: ConvId): number {
    const entered = this.#entered.get(conv);
    return entered && this.#context.world.steady() - entered.at < WELCOME_MS ? entered.attempt : 0;
  }

  async #again(conv: ConvId): Promise<void> {
    const key = await this.#context.key(conv).catch(() => undefined);
    if (!this.#outside.has(conv) || this.#asking.has(conv)) return;
    this.#ask(conv, true).catch(ignore);
    this.#write([conv], key);
  }

  #forget(conv: ConvId): void {
    clearTimeout(this.#outside.get(conv)?.timer);
    this.#outside.delete(conv);
  }
}

/** Who waits is told by the promise itself. */
const ignore = (): undefined => undefined;

function grouped(channels: readonly ConvId[], name: (conv: ConvId) => string, targets: number): ConvId[][] {
  const groups: ConvId[][] = [];
  for (const conv of channels) {
    const last = groups.at(-1);
    const fits = last && last.length < targets && Buffer.byteLength([...last, conv].map(name).join(",")) <= MAX_NAMES;
    if (fits) last.push(conv);
    else groups.push([conv]);
  }
  return groups;
}

function notIn(name: string): BridgeError {
  return new BridgeError({ code: "not-found", sent: "no", message: `You are not in ${name}: open it first.`, action: "none" });
}

function silent(name: string): BridgeError {
  return new BridgeError({
    code: "offline",
    sent: "no",
    message: `The server has not answered whether ${name} can be joined.`,
    action: "none",
  });
}
