import type { Reader, Writer } from "../../sync/core.ts";
import type { UserId } from "../contract/index.ts";
import type { KeyedHash } from "./keyed-hash.ts";
import { clip, MAX_SHORT } from "./plain.ts";
import { SealedMap } from "./sealed-map.ts";

/** Names kept of one account; a network that tells of more people is shown by ids from there on. */
const MAX_USERS = 20_000;
const MAX_CACHED = 10_000;

/** How people of a network are called, where it tells a name besides the id. */
export class UserNames {
  readonly #map: SealedMap<string>;
  readonly #cache = new Map<string, string | null>();
  readonly #sizes = new Map<number, number>();

  constructor(hash: KeyedHash) {
    this.#map = new SealedMap("bridge_user", hash);
  }

  /** After a transaction that failed. */
  forget(): void {
    this.#cache.clear();
    this.#sizes.clear();
  }

  nameOf(reader: Reader, account: number, user: UserId): string {
    const cached = this.#cache.get(`${account} ${user}`);
    const name = cached === undefined ? (this.#map.get(reader, account, user) ?? null) : cached;
    this.#remember(account, user, name);
    return name ?? clip(user, MAX_SHORT);
  }

  learn(writer: Writer, account: number, user: UserId, name: string): void {
    const clipped = clip(name, MAX_SHORT);
    if (clipped === "" || clipped === this.nameOf(writer, account, user)) return;
    const isKnown = this.#map.get(writer, account, user) !== undefined;
    const size = this.#sizes.get(account) ?? this.#map.size(writer, account);
    if (!isKnown && size >= MAX_USERS) return;
    this.#map.set(writer, account, user, clipped);
    this.#sizes.set(account, isKnown ? size : size + 1);
    this.#remember(account, user, clipped);
  }

  clear(writer: Writer, account: number): void {
    this.#map.clear(writer, account);
    this.forget();
  }

  #remember(account: number, user: UserId, name: string | null): void {
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(`${account} ${user}`, name);
  }
}
