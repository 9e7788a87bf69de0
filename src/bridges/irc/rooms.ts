import type { ConvId } from "../contract/index.ts";

/** People remembered in one channel, and in all: a server that lists more is not believed. */
const MAX_PEOPLE = 50_000;
const MAX_PEOPLE_IN_ALL = 100_000;

export interface Person {
  nick: string;
  /** Letters of the modes that stand before the nick, e.g. `ov`. */
  modes: string;
}

/** A channel that we are in. People are found by their folded nick. */
export interface Room {
  id: ConvId;
  name: string;
  people: Map<string, Person>;
  /** The list that is coming in (RPL_NAMREPLY), until its end. */
  listing: Map<string, Person> | undefined;
}

/** The channels of one connection and who is in them. */
export class Rooms {
  readonly #rooms = new Map<ConvId, Room>();
  #people = 0;

  all(): Room[] {
    return [...this.#rooms.values()];
  }

  get(id: ConvId): Room | undefined {
    return this.#rooms.get(id);
  }

  enter(id: ConvId, name: string): Room {
    this.leave(id);
    const room: Room = { id, name, people: new Map(), listing: undefined };
    this.#rooms.set(id, room);
    return room;
  }

  leave(id: ConvId): Room | undefined {
    const room = this.#rooms.get(id);
    this.#people -= room?.people.size ?? 0;
    this.#rooms.delete(id);
    return room;
  }

  with(nick: string): Room[] {
    return this.all().filter((room) => room.people.has(nick));
  }

  /** False where the room is full. */
  add(room: Room, nick: string, person: Person): boolean {
    if (!room.people.has(nick)) {
      if (room.people.size >= MAX_PEOPLE || this.#people >= MAX_PEOPLE_IN_ALL) return false;
      this.#people += 1;
    }
    room.people.set(nick, person);
    return true;
  }

  remove(room: Room, nick: string): Person | undefined {
    const person = room.people.get(nick);
    if (room.people.delete(nick)) this.#people -= 1;
    return person;
  }

  /** One more name of the list that is coming in. */
  list(room: Room, nick: string, person: Person): void {
    room.listing ??= new Map();
    if (room.listing.size < MAX_PEOPLE) room.listing.set(nick, person);
  }

  /** The list is whole: it replaces what was known. */
  listed(room: Room): Person[] {
    const listing = room.listing ?? new Map<string, Person>();
    room.listing = undefined;
    this.#people -= room.people.size;
    room.people = new Map();
    for (const [nick, person] of listing) this.add(room, nick, person);
    return [...room.people.values()];
  }
}
