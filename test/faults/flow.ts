import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { type Client, createClient } from "../../src/api/client.ts";
import { HomeportError } from "../../src/api/errors.ts";
import type { Message } from "../../src/api/messages.ts";
import { connectDaemon } from "../../src/cli/channel.ts";
import type { Homeport } from "../harness/homeport.ts";
import type { IrcPeer } from "../servers/irc-peer.ts";

const LINE = /^in (\d+)$/;
const SENT = /PRIVMSG \S+ :(out \S+ \d+)$/;

/** Something that goes on beside the test until it is stopped. */
abstract class Flow implements AsyncDisposable {
  #stopped = false;
  readonly #running: Promise<void>;

  constructor(everyMs: number) {
    this.#running = this.#run(everyMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  protected abstract step(n: number): Promise<void>;

  async #run(everyMs: number): Promise<void> {
    // Not before the subclass is made.
    await sleep(0);
    for (let n = 1; !this.#stopped; n++) {
      await this.step(n);
      await sleep(everyMs);
    }
  }
}

/** Another person who says `in 1`, `in 2` … into a channel. */
export class Speaker extends Flow {
  readonly #peer: IrcPeer;
  readonly #channel: string;
  said = 0;

  constructor(peer: IrcPeer, channel: string, everyMs: number) {
    super(everyMs);
    this.#peer = peer;
    this.#channel = channel;
  }

  protected override async step(n: number): Promise<void> {
    this.#peer.say(this.#channel, `in ${n}`);
    this.said = n;
  }
}

/** The person, who sends `out NAME 1`, `out NAME 2` … from a device; while its daemon is away, nothing is sent. */
export class Sender extends Flow {
  /** Id to text of what the device has confirmed to have stored. */
  readonly confirmed = new Map<string, string>();
  /** Handed over, and the daemon went before it answered: may be stored or not. */
  readonly unknown = new Set<string>();
  readonly #device: Homeport;
  readonly #conversation: string;
  #client: Client | undefined;

  constructor(device: Homeport, conversation: string, everyMs: number) {
    super(everyMs);
    this.#device = device;
    this.#conversation = conversation;
  }

  override async stop(): Promise<void> {
    await super.stop();
    this.#client?.close();
  }

  protected override async step(n: number): Promise<void> {
    const text = `out ${this.#device.name} ${n}`;
    try {
      this.#client ??= createClient(await connectDaemon(this.#device.data));
    } catch {
      // Its daemon is not there: nothing was handed over.
      return;
    }
    try {
      const { id } = await this.#client.call("send", { conversation: this.#conversation, text });
      this.confirmed.set(id, text);
    } catch (error) {
      if (!(error instanceof HomeportError) || error.code !== "no-daemon") throw error;
      this.unknown.add(text);
      this.#client = undefined;
    }
  }
}

export interface Heard {
  heard: number;
  missed: number;
  gaps: number;
}

/** Each line once and in its order; where lines are missing, a gap stands between those around them. */
export function expectHeard(messages: readonly Message[], said: number): Heard {
  let last = 0;
  let gapSince = false;
  let missed = 0;
  for (const { kind, text } of messages) {
    if (kind === "gap") gapSince = true;
    const n = Number(LINE.exec(text)?.[1] ?? 0);
    if (n === 0) continue;
    if (n <= last) throw new Error(`"${text}" stands behind "in ${last}": twice, or out of order`);
    if (n > last + 1 && !gapSince) throw new Error(`the lines from ${last + 1} to ${n - 1} are missing, and no gap says so`);
    missed += n - last - 1;
    last = n;
    gapSince = false;
  }
  expect(last).toBe(said);
  return { heard: said - missed, missed, gaps: messages.filter(({ kind }) => kind === "gap").length };
}

/** By state; each confirmed message is there once, and the other person got it as often as its state says. */
export function expectSent(messages: readonly Message[], confirmed: ReadonlyMap<string, string>, peer: IrcPeer): Record<string, number> {
  const got = new Map<string, number>();
  for (const line of peer.lines) {
    const text = SENT.exec(line)?.[1];
    if (text !== undefined) got.set(text, (got.get(text) ?? 0) + 1);
  }
  const states: Record<string, number> = {};
  for (const [id, text] of confirmed) {
    const found = messages.filter((message) => message.text === text);
    if (found.length !== 1 || found[0]?.id !== id) throw new Error(`"${text}" is there ${found.length} times`);
    const { state } = found[0];
    states[state] = (states[state] ?? 0) + 1;
    const times = got.get(text) ?? 0;
    const fits = state === "sent" ? times === 1 : state === "in-doubt" ? times <= 1 : times === 0;
    if (!fits) throw new Error(`"${text}" is ${state}, and arrived ${times} times`);
  }
  for (const [text, times] of got) if (times > 1) throw new Error(`"${text}" arrived ${times} times`);
  return states;
}

/** Of a run of rounds: how many, unless the environment says otherwise. */
export function rounds(normal: number): number {
  return Number(process.env["HOMEPORT_KILLS"] ?? normal);
}

export const between = (low: number, high: number): number => low + Math.random() * (high - low);
