import { Buffer } from "node:buffer";
import type { ConvId } from "../contract/index.ts";
import { fold } from "./case-mapping.ts";
import { DEFAULT_SUPPORT, isChannel, type Support, withoutStatus } from "./isupport.ts";

/** Where lines of the server itself are shown. No nick and no channel can have this name. */
export const SERVER: ConvId = "*server";

/** By the contract an id has at most 512 bytes and a key of the plugin's state 256 characters; names of IRC are far shorter. */
const MAX_NAME_BYTES = 200;
/** Private conversations remembered as known to the host; beyond it, they are only told again. */
const MAX_KNOWN = 10_000;

/**
 * Which conversation a name of the network is, and how the network writes it. Lives as long as the plugin: ids were made
 * under the case mapping of an earlier connection, so they are found again by folding them under the present one.
 */
export class Conversations {
  readonly #open: Set<ConvId>;
  readonly #names = new Map<ConvId, string>();
  #support: Support = DEFAULT_SUPPORT;
  #byFolded = new Map<string, ConvId>();

  constructor(open: readonly ConvId[]) {
    this.#open = new Set(open.filter((id) => id !== SERVER));
    this.#index();
  }

  use(support: Support): void {
    this.#support = support;
    this.#index();
  }

  /** Those that the person has open. */
  open(): ConvId[] {
    return [...this.#open];
  }

  isOpen(id: ConvId): boolean {
    return this.#open.has(id);
  }

  openChannels(): ConvId[] {
    return this.open().filter((id) => this.isChannel(id));
  }

  openPrivate(): ConvId[] {
    return this.open().filter((id) => this.isPrivate(id));
  }

  isChannel(id: ConvId): boolean {
    return isChannel(id, this.#support);
  }

  isPrivate(id: ConvId): boolean {
    return id !== SERVER && !this.isChannel(id);
  }

  add(id: ConvId): void {
    this.#open.add(id);
    this.#byFolded.set(this.fold(id), id);
  }

  remove(id: ConvId): void {
    this.#open.delete(id);
    this.#names.delete(id);
    this.#byFolded.delete(this.fold(id));
  }

  fold(name: string): string {
    return fold(name, this.#support.caseMapping);
  }

  same(one: string, other: string): boolean {
    return this.fold(one) === this.fold(other);
  }

  /** The conversation of a target, whether open or not; undefined for a name that is too long to be one. */
  idOf(target: string): ConvId | undefined {
    const name = withoutStatus(target, this.#support);
    if (name === "" || Buffer.byteLength(name) > MAX_NAME_BYTES) return undefined;
    const folded = this.fold(name);
    return this.#byFolded.get(folded) ?? folded;
  }

  /** As the network writes it. */
  nameOf(id: ConvId): string {
    return this.#names.get(id) ?? id;
  }

  /** Notes how the network writes a name; true where the host does not know it yet. */
  learn(id: ConvId, name: string): boolean {
    if (this.#names.get(id) === name) return false;
    if (this.#names.size >= MAX_KNOWN) this.#names.clear();
    this.#names.set(id, name);
    return true;
  }

  #index(): void {
    this.#byFolded = new Map([...this.#open].map((id) => [this.fold(id), id]));
  }
}
