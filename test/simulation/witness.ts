import { standingOf } from "../../src/sync/account/resolve.ts";
import { toHex } from "../../src/sync/encoding/bytes.ts";
import { decodeHeader } from "../../src/sync/log/header.ts";
import type { SimDevice } from "./sim-device.ts";
import type { SimNetwork } from "./sim-network.ts";

interface Held {
  /** Entries up to this row were looked at. */
  row: number;
  places: Set<string>;
}

/** Looks over everybody's shoulder: what lies on each disk, and what is said to whom. */
export class Witness {
  readonly wrong: string[] = [];
  readonly #network: SimNetwork;
  /** Every place of every feed that any device ever held, and what was there. */
  readonly #places = new Map<string, string>();
  readonly #held = new Map<string, Held>();

  constructor(network: SimNetwork) {
    this.#network = network;
    network.tap = (frame, from, to) => this.#heard(frame, from, to);
  }

  /** No sequence number is used twice, whatever the moment of a crash. */
  look(): void {
    for (const device of this.#network.devices) if (device.running && !device.sql.dead) device.sql.undisturbed(() => this.#lookAt(device));
  }

  heldBy(device: SimDevice): Set<string> {
    return this.#of(device).places;
  }

  /** The disk of this device is an older one now. */
  setBack(device: SimDevice, places: ReadonlySet<string>): void {
    this.#held.set(device.name, { row: 0, places: new Set(places) });
  }

  complain(what: string): void {
    if (this.wrong.length < 10) this.wrong.push(what);
  }

  #lookAt(device: SimDevice): void {
    const held = this.#of(device);
    const rows = device.sql.all<{
      row: number;
      device: Uint8Array;
      incarnation: Uint8Array;
      conversation: number;
      seq: number;
      hash: Uint8Array;
      shown: number;
    }>(
      "select e.row, f.device, f.incarnation, f.conversation, e.seq, e.hash, e.shown from entry e join feed f on f.row = e.feed where e.row > ? order by e.row",
      held.row,
    );
    const causes: [string, string][] = [];
    for (const { row, conversation, hash, shown, ...at } of rows) {
      held.row = row;
      const id = device.device.conversation(conversation)?.id ?? new Uint8Array();
      const placeOf = (feed: Uint8Array, incarnation: Uint8Array, seq: number) =>
        [toHex(id).slice(0, 8), toHex(feed).slice(0, 8), toHex(incarnation), seq].join("/");
      const place = placeOf(at.device, at.incarnation, at.seq);
      const text = toHex(hash);
      if ((this.#places.get(place) ?? text) !== text) this.complain(`two entries at ${place}`);
      this.#places.set(place, text);
      held.places.add(place);
      if (shown === 1)
        for (const { feed, incarnation, seq } of decodeHeader(device.device.store.header(row)).parents)
          causes.push([place, placeOf(feed, incarnation, seq)]);
    }
    // B2: nothing is shown before what it names is there.
    for (const [place, cause] of causes) if (!held.places.has(cause)) this.complain(`${device.name} shows ${place} without ${cause}`);
  }

  /** A7, A9: who knows that a device is shut out says nothing to it any more. */
  #heard(frame: Uint8Array, from: SimDevice, to: SimDevice): void {
    if (!from.running || from.sql.dead) return;
    const state = standingOf(from.device.account, to.key)?.state;
    if (state !== "admitted") this.complain(`${from.name} sent a frame of type ${frame[1]} to ${to.name}, which it knows to be ${state}`);
  }

  #of(device: SimDevice): Held {
    const known = this.#held.get(device.name) ?? { row: 0, places: new Set<string>() };
    this.#held.set(device.name, known);
    return known;
  }
}
