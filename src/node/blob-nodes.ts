import { readSync, writeSync } from "node:fs";
import { NODE, type Nodes } from "../sync/files/tree.ts";

const PAGE = 512 * NODE;
/** More than a tree has levels, so that going through the leaves in order touches the disk once a page. */
const MOST_PAGES = 64;

interface Page {
  bytes: Uint8Array;
  dirty: boolean;
}

/** Nodes of a tree in a file, of which a few pages are in memory however large the tree is. What was never written is zero. */
export class BlobNodes implements Nodes {
  readonly #fd: number;
  readonly #pages = new Map<number, Page>();

  constructor(fd: number) {
    this.#fd = fd;
  }

  readNode(position: number): Uint8Array {
    const { bytes } = this.#page(Math.floor((position * NODE) / PAGE));
    const at = (position * NODE) % PAGE;
    return bytes.subarray(at, at + NODE);
  }

  writeNode(position: number, node: Uint8Array): void {
    const page = this.#page(Math.floor((position * NODE) / PAGE));
    page.bytes.set(node, (position * NODE) % PAGE);
    page.dirty = true;
  }

  /** Everything is with the operating system afterwards. */
  flush(): void {
    for (const [number, page] of this.#pages) this.#write(number, page);
  }

  #page(number: number): Page {
    const known = this.#pages.get(number);
    if (known) {
      // Moved to the end: the first one is that which was not used for longest.
      this.#pages.delete(number);
      this.#pages.set(number, known);
      return known;
    }
    const page = { bytes: new Uint8Array(PAGE), dirty: false };
    readSync(this.#fd, page.bytes, 0, PAGE, number * PAGE);
    this.#pages.set(number, page);
    if (this.#pages.size > MOST_PAGES) this.#evict();
    return page;
  }

  #evict(): void {
    const [number, page] = this.#pages.entries().next().value as [number, Page];
    this.#write(number, page);
    this.#pages.delete(number);
  }

  #write(number: number, page: Page): void {
    if (!page.dirty) return;
    for (let done = 0; done < PAGE; ) done += writeSync(this.#fd, page.bytes, done, PAGE - done, number * PAGE + done);
    page.dirty = false;
  }
}
