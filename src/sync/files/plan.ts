import type { Bitmap } from "./bitmap.ts";

/** A chunk that was asked for and has not come is asked of a second device after this, once there is nothing else left to ask. */
const SLOW_MS = 2000;

/** Which chunk to ask of whom: pure bookkeeping of one file that is being fetched. Sources are named by a text. */
export class Plan {
  readonly have: Bitmap;
  readonly #sources = new Map<string, Bitmap>();
  /** By chunk: of whom it was asked, and since when; at most two. */
  readonly #asked = new Map<number, { source: string; since: number }[]>();
  /** Every chunk before this one is here or was asked for. */
  #first = 0;

  constructor(have: Bitmap) {
    this.have = have;
  }

  get isDone(): boolean {
    return this.have.isFull;
  }
  get sources(): ReadonlyMap<string, Bitmap> {
    return this.#sources;
  }

  /** What a source said that it holds; it may say so again. */
  offer(source: string, holds: Bitmap): void {
    this.#sources.set(source, holds);
  }

  /** It went: what was asked of it is to be asked of others. */
  leave(source: string): void {
    this.#sources.delete(source);
    for (const index of [...this.#asked.keys()]) this.#unask(source, index);
  }

  /** The next chunk to ask of this source, which counts as asked; undefined where it has nothing that is needed now. */
  next(source: string, now: number): number | undefined {
    const holds = this.#sources.get(source);
    if (!holds) return undefined;
    const index = this.#unasked(holds) ?? this.#slow(source, holds, now);
    if (index !== undefined) this.#asked.set(index, [...(this.#asked.get(index) ?? []), { source, since: now }]);
    return index;
  }

  /** The chunk came and was checked. */
  got(index: number): void {
    this.have.add(index);
    this.#asked.delete(index);
  }

  /** It did not come from there, whatever the reason: the source does not have it. */
  missed(source: string, index: number): void {
    this.#sources.get(source)?.delete(index);
    this.#unask(source, index);
  }

  /** True where some source has something that is still needed. */
  get canGoOn(): boolean {
    if (this.#asked.size > 0) return true;
    return [...this.#sources.values()].some((holds) => this.#unasked(holds) !== undefined);
  }

  #unasked(holds: Bitmap): number | undefined {
    while (this.#first < this.have.length && (this.have.has(this.#first) || this.#asked.has(this.#first))) this.#first += 1;
    for (let index = this.#first; index < this.have.length; index++)
      if (holds.has(index) && !this.have.has(index) && !this.#asked.has(index)) return index;
    return undefined;
  }

  #slow(source: string, holds: Bitmap, now: number): number | undefined {
    for (const [index, asked] of this.#asked) {
      const [only] = asked;
      if (asked.length === 1 && only && only.source !== source && now - only.since >= SLOW_MS && holds.has(index)) return index;
    }
    return undefined;
  }

  #unask(source: string, index: number): void {
    const left = (this.#asked.get(index) ?? []).filter((asked) => asked.source !== source);
    if (left.length > 0) this.#asked.set(index, left);
    else if (this.#asked.delete(index)) this.#first = Math.min(this.#first, index);
  }
}
