import { toHex } from "../encoding/bytes.ts";

/** Tags of the conversations of one session, both ways (B7). */
export class Tags {
  readonly #tagOf: (conversation: Uint8Array) => Uint8Array;
  readonly #tags = new Map<number, Uint8Array>();
  readonly #rows = new Map<string, number>();

  constructor(tagOf: (conversation: Uint8Array) => Uint8Array) {
    this.#tagOf = tagOf;
  }

  of(conversation: { row: number; id: Uint8Array }): Uint8Array {
    const known = this.#tags.get(conversation.row);
    if (known) return known;
    const tag = this.#tagOf(conversation.id);
    this.#tags.set(conversation.row, tag);
    this.#rows.set(toHex(tag), conversation.row);
    return tag;
  }

  row(tag: Uint8Array): number | undefined {
    return this.#rows.get(toHex(tag));
  }
}
