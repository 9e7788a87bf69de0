import type { Link, LinkReceiver } from "../../src/sync/ports.ts";
import type { Chance, World } from "./world.ts";

/** What may happen to frames on the way. Probabilities from 0 to 1; delays in milliseconds. */
export interface Weather {
  delay: number;
  /** A frame arrives twice, or after its successor. Only entries and acknowledgements, as a retry in between could do it. */
  mangle: number;
}

/** Types of frames that a session has to be able to get twice or late: entries and acknowledgements. */
const MANGLED = new Set([5, 6]);
/** Ends what is said over a link: nothing that was said before comes after it, or a link that is then closed would lose it. */
const LAST = 17;

/** One connection between two simulated devices. It may be cut, or go silent without anyone being told (half-open). */
export class SimConnection {
  readonly ends: [SimEnd, SimEnd];
  /** By direction: what the dialling and what the listening side sends gets lost. */
  readonly lost: [boolean, boolean] = [false, false];
  open = true;
  readonly #world: World;

  constructor(
    world: World,
    chance: Chance,
    weather: Weather,
    dialler: Uint8Array,
    listener: Uint8Array,
    tap: (frame: Uint8Array, outbound: boolean) => void = () => undefined,
  ) {
    this.#world = world;
    this.ends = [new SimEnd(this, listener, true), new SimEnd(this, dialler, false)];
    this.ends[0].wire(world, chance, weather, this.ends[1], tap);
    this.ends[1].wire(world, chance, weather, this.ends[0], tap);
  }

  get silent(): boolean {
    return this.lost[0] || this.lost[1];
  }

  /** Half-open without anyone being told: 0 what the dialling side sends is lost, 1 the other way, 2 both. */
  fallSilent(which: number): void {
    if (which !== 1) this.lost[0] = true;
    if (which !== 0) this.lost[1] = true;
  }

  cut(): void {
    if (!this.open) return;
    this.open = false;
    for (const end of this.ends) this.#world.at(0, () => end.closed());
  }
}

class SimEnd implements Link {
  readonly peer: Uint8Array;
  readonly outbound: boolean;
  readonly address = "/simulated";
  readonly #connection: SimConnection;
  #receiver: LinkReceiver | undefined;
  #waiting: Uint8Array[] = [];
  #deliver: (frame: Uint8Array) => void = () => undefined;
  #told = false;
  #busy: Promise<void> = Promise.resolve();

  constructor(connection: SimConnection, peer: Uint8Array, outbound: boolean) {
    this.#connection = connection;
    this.peer = peer;
    this.outbound = outbound;
  }

  wire(world: World, chance: Chance, weather: Weather, other: SimEnd, tap: (frame: Uint8Array, outbound: boolean) => void): void {
    let last = world.now;
    let latest = world.now;
    this.#deliver = (frame) => {
      tap(frame, this.outbound);
      if (this.#isLost) return;
      const mangled = MANGLED.has(frame[1] as number) && chance.yes(weather.mangle);
      const at = Math.max(frame[1] === LAST ? latest : last, world.now + chance.below(weather.delay + 1));
      if (!mangled || chance.yes(0.5)) last = at;
      const copies = mangled && chance.yes(0.5) ? 2 : 1;
      for (let i = 0; i < copies; i++) {
        const arrives = at + (mangled ? chance.below(weather.delay + 1) : 0);
        latest = Math.max(latest, arrives);
        world.at(arrives - world.now, () => {
          if (!this.#isLost) other.#take(frame);
        });
      }
    };
  }

  start(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    for (const frame of this.#waiting.splice(0)) this.#take(frame);
  }

  send(frame: Uint8Array): Promise<void> {
    if (!this.#connection.open) return Promise.reject(new Error("the connection is closed"));
    this.#deliver(frame.slice());
    return Promise.resolve();
  }

  close(): void {
    this.#connection.cut();
  }

  closed(): void {
    if (this.#told) return;
    this.#told = true;
    this.#receiver?.closed();
  }

  get #isLost(): boolean {
    return this.#connection.lost[this.outbound ? 0 : 1];
  }

  #take(frame: Uint8Array): void {
    if (!this.#connection.open) return;
    const receiver = this.#receiver;
    if (!receiver) {
      this.#waiting.push(frame);
      return;
    }
    this.#busy = this.#busy
      .then(() => (this.#connection.open ? receiver.frame(frame) : undefined))
      // As in the real link: a receiver that fails ends it.
      .catch(() => this.#connection.cut());
  }
}
