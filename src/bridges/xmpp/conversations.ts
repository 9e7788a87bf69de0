import type { ConvId } from "../contract/index.ts";
import { bareOf, parseJid } from "./jids.ts";

const PREFIX = "room:";
const encoder = new TextEncoder();
const MARK = encoder.encode("1");

/** Which conversations there are, and which of them are rooms. An id is the address: bare, or that of somebody inside a room. */
export class Conversations {
  readonly #open: Set<ConvId>;
  readonly #rooms: Set<string>;
  /** What the host was told in this process. */
  readonly #introduced = new Map<ConvId, string>();

  constructor(open: readonly ConvId[], kv: Record<string, Uint8Array>) {
    this.#open = new Set(open);
    this.#rooms = new Set(Object.keys(kv).flatMap((key) => (key.startsWith(PREFIX) ? [key.slice(PREFIX.length)] : [])));
  }

  isOpen(conv: ConvId): boolean {
    return this.#open.has(conv);
  }

  isRoom(bare: string): boolean {
    return this.#rooms.has(bare);
  }

  /** Rooms that the person has open. */
  get openRooms(): string[] {
    return [...this.#open].filter((conv) => this.#rooms.has(conv));
  }

  get open(): ConvId[] {
    return [...this.#open];
  }

  add(conv: ConvId): void {
    this.#open.add(conv);
  }

  /** Returns the state to keep. */
  addRoom(bare: string): Record<string, Uint8Array | null> {
    this.#rooms.add(bare);
    return { [PREFIX + bare]: MARK };
  }

  remove(conv: ConvId): Record<string, Uint8Array | null> {
    this.#open.delete(conv);
    this.#introduced.delete(conv);
    return this.#rooms.delete(conv) ? { [PREFIX + conv]: null } : {};
  }

  /** Where what this address says belongs: to the person, or to somebody inside a room who speaks to us alone. */
  of(address: string | undefined, inRoom: boolean): ConvId | undefined {
    const jid = parseJid(address);
    if (!jid) return undefined;
    const bare = bareOf(jid);
    if (jid.resource === "" || !(inRoom || this.#rooms.has(bare))) return bare;
    return `${bare}/${jid.resource}`;
  }

  /** Whether the host has to be told: not yet in this process, or in other words. */
  introduce(conv: ConvId, words: string): boolean {
    if (this.#introduced.get(conv) === words) return false;
    if (this.#introduced.size > 10_000) this.#introduced.clear();
    this.#introduced.set(conv, words);
    return true;
  }
}
