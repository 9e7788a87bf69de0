import type { Clock, Link } from "../../sync/ports.ts";
import { isUnspecified, parseAddress, withoutPeer } from "../addresses.ts";
import type { TransportLog } from "../types.ts";
import type { RelayTransport } from "./relay-transport.ts";
import { Talk } from "./talk.ts";

const RETRY_MS = 5_000;
const ANSWER_MS = 10_000;
const MOST_ADDRESSES = 6;
const MOST_AT_ONCE = 16;

export interface ReservationOptions {
  /** Multiaddr of the relay, with `/p2p`. */
  relay: string;
  dial(peer: Uint8Array, addresses: readonly string[], signal: AbortSignal): Promise<Link>;
  isKnown(key: Uint8Array): boolean;
  transport: RelayTransport;
  clock: Clock;
  log: TransportLog;
  /** The addresses at which others come through the relay are others now. */
  changed(): void;
}

/** Keeps a link to a relay, over which it says who wants to come; again and again, for ever. */
export class Reservation {
  readonly #options: ReservationOptions;
  readonly #stopped = new AbortController();
  #addresses: string[] = [];
  #talk: Talk | undefined;
  #coming = 0;
  #cancel: () => void = () => undefined;

  constructor(options: ReservationOptions) {
    this.#options = options;
    void this.#keep();
  }

  /** Multiaddrs of this device through the relay, without its own `/p2p`. */
  addresses(): string[] {
    return this.#addresses;
  }

  stop(): void {
    this.#stopped.abort();
    this.#cancel();
    this.#talk?.close();
  }

  async #keep(): Promise<void> {
    const { log, clock } = this.#options;
    try {
      await this.#hold();
    } catch (error) {
      log("debug", "a relay was not reached", { why: error instanceof Error ? error.message : "unknown" });
    }
    this.#talk?.close();
    this.#tell([]);
    if (!this.#stopped.signal.aborted) this.#cancel = clock.after(RETRY_MS, () => void this.#keep());
  }

  async #hold(): Promise<void> {
    const talk = await this.#open();
    this.#talk = talk;
    await talk.say({ word: "reserve" });
    const answer = await talk.hear(AbortSignal.timeout(ANSWER_MS));
    if (answer.word !== "reserved") return;
    this.#tell(this.#through(answer.addresses));
    for (;;) {
      const said = await talk.hear(this.#stopped.signal);
      if (said.word === "incoming") void this.#let(said.id, said.key);
    }
  }

  async #open(): Promise<Talk> {
    const { relay, dial } = this.#options;
    const peer = parseAddress(relay)?.peer;
    if (!peer) throw new TypeError("the address of a relay names its key");
    return new Talk(await dial(peer, [withoutPeer(relay)], this.#stopped.signal));
  }

  async #let(id: Uint8Array, key: Uint8Array): Promise<void> {
    const { isKnown, transport, relay } = this.#options;
    if (!isKnown(key) || this.#coming >= MOST_AT_ONCE) return;
    this.#coming += 1;
    let talk: Talk | undefined;
    try {
      talk = await this.#open();
      await talk.say({ word: "accept", id });
      const signal = AbortSignal.any([AbortSignal.timeout(ANSWER_MS), this.#stopped.signal]);
      if ((await talk.hear(signal)).word === "through") await transport.take(talk, relay, key, signal);
      else talk.close();
    } catch {
      // Whoever wanted to come tries again.
      talk?.close();
    } finally {
      this.#coming -= 1;
    }
  }

  /** What the relay says of itself beside the address that the person gave. */
  #through(said: readonly string[]): string[] {
    const { relay } = this.#options;
    const key = relay.slice(withoutPeer(relay).length);
    const all = [withoutPeer(relay), ...said].map((text) => parseAddress(text)).filter((address) => address !== undefined);
    const usable = all.filter(({ way, host, port }) => way !== "relay" && !isUnspecified(host) && port > 0);
    return [...new Set(usable.map(({ text }) => `${text}${key}/p2p-circuit`))].slice(0, MOST_ADDRESSES);
  }

  #tell(addresses: string[]): void {
    if (addresses.join() === this.#addresses.join()) return;
    this.#addresses = addresses;
    if (!this.#stopped.signal.aborted) this.#options.changed();
  }
}
