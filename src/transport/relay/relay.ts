import { toHex } from "../../sync/encoding/bytes.ts";
import type { Link } from "../../sync/ports.ts";
import { Talk } from "./talk.ts";

/** Milliseconds for the other side to take a connection. */
const ANSWER_MS = 10_000;
const MAX_RESERVATIONS = 64;
const MAX_CALLS = 64;

export interface RelayOptions {
  /** 16 random bytes. */
  newId(): Uint8Array;
  /** Where this device is reached, without `/p2p`. */
  addresses(): string[];
}

/**
 * Carries connections between own devices that cannot reach each other. What goes through is encrypted between the two (Noise), and all
 * of it passes: no limit of time or bytes. Only known devices get here at all (F1).
 */
export class Relay {
  readonly #options: RelayOptions;
  /** By transport key: links of devices that want to be reached. */
  readonly #reservations = new Map<string, Talk>();
  /** By id: who waits for the other side. */
  readonly #calls = new Map<string, (talk: Talk) => void>();

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  accept(link: Link): void {
    const talk = new Talk(link);
    void this.#serve(talk).catch(() => talk.close());
  }

  async #serve(talk: Talk): Promise<void> {
    const said = await talk.hear(AbortSignal.timeout(ANSWER_MS));
    if (said.word === "reserve") return this.#reserve(talk);
    if (said.word === "connect") return this.#connect(talk, said.key);
    const waiting = said.word === "accept" ? this.#calls.get(toHex(said.id)) : undefined;
    if (waiting) waiting(talk);
    else talk.close();
  }

  async #reserve(talk: Talk): Promise<void> {
    const key = toHex(talk.link.peer);
    const before = this.#reservations.get(key);
    if (!before && this.#reservations.size >= MAX_RESERVATIONS) return talk.close();
    this.#reservations.set(key, talk);
    before?.close();
    await talk.say({ word: "reserved", addresses: this.#options.addresses() });
    try {
      // Nothing more is to be said; this waits for the end.
      await talk.hear();
    } finally {
      if (this.#reservations.get(key) === talk) this.#reservations.delete(key);
      talk.close();
    }
  }

  async #connect(caller: Talk, key: Uint8Array): Promise<void> {
    const reserved = this.#reservations.get(toHex(key));
    if (!reserved || this.#calls.size >= MAX_CALLS) return caller.close();
    const id = this.#options.newId();
    const { promise, resolve, reject } = Promise.withResolvers<Talk>();
    const late = setTimeout(() => reject(new Error("nobody answered")), ANSWER_MS);
    this.#calls.set(toHex(id), resolve);
    try {
      await reserved.say({ word: "incoming", id, key: caller.link.peer });
      const answerer = await promise;
      if (toHex(answerer.link.peer) !== toHex(key)) return answerer.close();
      await through(caller, answerer);
    } finally {
      clearTimeout(late);
      this.#calls.delete(toHex(id));
    }
  }
}

async function through(one: Talk, other: Talk): Promise<void> {
  await Promise.all([one.say({ word: "through" }), other.say({ word: "through" })]);
  const to = (target: Talk) => ({ frame: (bytes: Uint8Array) => target.link.send(bytes), closed: () => target.close() });
  await Promise.all([one.handOver(to(other)), other.handOver(to(one))]);
}
