import type { Reader, Writer } from "../../sync/core.ts";
import type { Inbound, Member } from "../contract/index.ts";
import { SealedMap } from "./sealed-map.ts";
import type { KeyedHash } from "./keyed-hash.ts";

/** A server that lists more people is not believed: what is over is not kept. */
const MAX_MEMBERS = 20_000;

export interface MemberRow {
  id: string;
  name: string;
  role?: string | undefined;
  state: Member["state"];
}

type MembersEvent = Extract<Inbound, { kind: "members" }>;
type MembershipEvent = Extract<Inbound, { kind: "membership" }>;

/** Who is in each conversation. State and not history: it is not in the log. `conversation` is a row of `bridge_conversation`. */
export class MemberTable {
  readonly #map: SealedMap<{ role: string; state: string }>;
  /** Counted once for each conversation; `forget` after a transaction that failed. */
  readonly #sizes = new Map<number, number>();

  constructor(hash: KeyedHash) {
    this.#map = new SealedMap("bridge_member", hash);
  }

  forget(): void {
    this.#sizes.clear();
  }

  list(reader: Reader, conversation: number): Member[] {
    return this.#map.entries(reader, conversation).map(([user, { role, state }]) => ({
      user,
      state: state as Member["state"],
      ...(role === "" ? {} : { role }),
    }));
  }

  apply(writer: Writer, conversation: number, event: MembersEvent): void {
    if (event.mode === "snapshot") this.clear(writer, conversation);
    for (const member of event.set) this.#put(writer, conversation, member);
  }

  applyLine(writer: Writer, conversation: number, event: MembershipEvent): void {
    if (event.change === "join") this.#put(writer, conversation, { user: event.user, state: "join" });
    if (event.change === "part" || event.change === "quit" || event.change === "kick") this.#remove(writer, conversation, event.user);
    if (event.change === "nick" && event.to !== undefined) this.#rename(writer, conversation, event.user, event.to);
  }

  clear(writer: Writer, conversation: number): void {
    this.#map.clear(writer, conversation);
    this.#sizes.set(conversation, 0);
  }

  #put(writer: Writer, conversation: number, { user, role = "", state }: Member): void {
    if (state === "leave" || state === "ban") return this.#remove(writer, conversation, user);
    const isKnown = this.#map.get(writer, conversation, user) !== undefined;
    if (!isKnown && this.#size(writer, conversation) >= MAX_MEMBERS) return;
    this.#map.set(writer, conversation, user, { role, state });
    if (!isKnown) this.#sizes.set(conversation, this.#size(writer, conversation) + 1);
  }

  #remove(writer: Writer, conversation: number, user: string): void {
    if (this.#map.get(writer, conversation, user) === undefined) return;
    const size = this.#size(writer, conversation);
    this.#map.delete(writer, conversation, user);
    this.#sizes.set(conversation, size - 1);
  }

  #rename(writer: Writer, conversation: number, from: string, to: string): void {
    const member = this.#map.get(writer, conversation, from);
    if (!member) return;
    this.#map.delete(writer, conversation, from);
    this.#map.set(writer, conversation, to, member);
  }

  #size(reader: Reader, conversation: number): number {
    const known = this.#sizes.get(conversation);
    if (known !== undefined) return known;
    const size = this.#map.size(reader, conversation);
    this.#sizes.set(conversation, size);
    return size;
  }
}
