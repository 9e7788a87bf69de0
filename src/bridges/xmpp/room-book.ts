import type { Member } from "../contract/index.ts";

/** What is known of a room that we are in, or want to be in. */
export interface Room {
  jid: string;
  nick: string;
  isIn: boolean;
  /** The room's own archive can be asked. Undefined: not known yet. */
  archive: boolean | undefined;
  name: string | undefined;
  topic: string | undefined;
  /** XEP-0421. */
  occupantId: string | undefined;
  occupants: Map<string, Occupant>;
}

export interface Occupant {
  role: string | undefined;
  occupantId: string | undefined;
}

/** Occupants of one room that are remembered. */
const MAX_OCCUPANTS = 10_000;

export class RoomBook {
  readonly #rooms = new Map<string, Room>();

  get(jid: string): Room | undefined {
    return this.#rooms.get(jid);
  }

  all(): Room[] {
    return [...this.#rooms.values()];
  }

  enter(jid: string, nick: string): Room {
    const known = this.#rooms.get(jid);
    const room = known ?? {
      jid,
      nick,
      isIn: false,
      archive: undefined,
      name: undefined,
      topic: undefined,
      occupantId: undefined,
      occupants: new Map(),
    };
    room.nick = nick;
    this.#rooms.set(jid, room);
    return room;
  }

  forget(jid: string): void {
    this.#rooms.delete(jid);
  }

  nick(jid: string): string | undefined {
    return this.#rooms.get(jid)?.nick;
  }

  put(room: Room, nick: string, occupant: Occupant): boolean {
    if (!room.occupants.has(nick) && room.occupants.size >= MAX_OCCUPANTS) return false;
    room.occupants.set(nick, occupant);
    return true;
  }

  /** Whether we said it ourselves. A nick proves that only while we are there; the id of an occupant always. */
  isSelf(jid: string, nick: string, occupantId: string | undefined, isLive: boolean): boolean {
    const room = this.#rooms.get(jid);
    if (!room || nick === "") return false;
    if (occupantId !== undefined && room.occupantId !== undefined) return occupantId === room.occupantId;
    return nick === room.nick && (room.isIn || !isLive);
  }

  members(room: Room): Member[] {
    return [...room.occupants].map(([nick, { role }]) => ({
      user: `${room.jid}/${nick}`,
      state: "join" as const,
      ...(role ? { role } : {}),
    }));
  }
}
