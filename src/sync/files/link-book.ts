import { toHex } from "../encoding/bytes.ts";
import type { FileLink } from "./file-link.ts";
import type { FilePeers } from "./peers.ts";

/** Asked again for a link after this, while there is none. */
const REACH_AGAIN_MS = 5_000;

interface Known {
  device: Uint8Array;
  links: FileLink[];
  reached: number;
  /** Gave a chunk that was none: not asked before this time. */
  banned: number;
}

/** The links about files by device, and which of them is to be used. */
export class LinkBook {
  readonly #peers: FilePeers;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();

  constructor(peers: FilePeers, now: () => number) {
    this.#peers = peers;
    this.#now = now;
  }

  add(device: Uint8Array, link: FileLink): void {
    this.#of(device).links.push(link);
  }

  remove(device: Uint8Array, link: FileLink): void {
    const known = this.#of(device);
    known.links = known.links.filter((other) => other !== link);
  }

  /** The link to ask on; has one made where there is none, or where the newest is worn (F1). */
  use(device: Uint8Array): FileLink | undefined {
    const known = this.#of(device);
    const now = this.#now();
    if (known.banned > now) return undefined;
    const newest = known.links.at(-1);
    for (const link of known.links.slice(0, -1)) if (link.isWorn && link.asking === 0) link.close("a fresh link took its place");
    if ((!newest || newest.isWorn) && Math.abs(now - known.reached) >= REACH_AGAIN_MS) {
      known.reached = now;
      this.#peers.reach(device);
    }
    return newest;
  }

  ban(device: Uint8Array, until: number): void {
    this.#of(device).banned = until;
  }

  closeOf(device: Uint8Array, why: string): void {
    for (const link of [...this.#of(device).links]) link.close(why);
  }

  closeIf(out: (device: Uint8Array) => boolean, why: string): void {
    for (const { device } of this.#known.values()) if (out(device)) this.closeOf(device, why);
  }

  #of(device: Uint8Array): Known {
    const key = toHex(device);
    const known = this.#known.get(key) ?? { device, links: [], reached: Number.NEGATIVE_INFINITY, banned: 0 };
    this.#known.set(key, known);
    return known;
  }
}
