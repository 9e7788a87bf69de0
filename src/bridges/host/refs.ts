import type { Reader, Writer } from "../../sync/core.ts";
import type { MsgId } from "../contract/index.ts";
import type { KeyedHash } from "./keyed-hash.ts";

/** Kinds of events that are taken once. Stored: never reuse a number. */
export const SEEN = { message: 1, edit: 2, delete: 3, reactions: 4, membership: 5, topic: 6, gap: 7, sendError: 8 } as const;
export type SeenKind = keyof typeof SEEN;

export interface EntryPart {
  entry: number;
  /** Of an own message that went out in several. */
  part: number | null;
}

/** What has come in, and which entry a message of the network is. `conversation` is a row of `bridge_conversation`. */
export class Refs {
  readonly #hash: KeyedHash;

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  hasSeen(reader: Reader, conversation: number, kind: SeenKind, key: string): boolean {
    const hash = this.#hash("seen", key);
    return (
      reader.sql.get("select 1 from bridge_seen where conversation = ? and kind = ? and key = ?", conversation, SEEN[kind], hash) !==
      undefined
    );
  }

  markSeen(writer: Writer, conversation: number, kind: SeenKind, key: string, entry: number | null): void {
    const hash = this.#hash("seen", key);
    writer.sql.run(
      "insert or ignore into bridge_seen (conversation, kind, key, entry) values (?, ?, ?, ?)",
      conversation,
      SEEN[kind],
      hash,
      entry,
    );
  }

  entryOf(reader: Reader, conversation: number, id: MsgId): EntryPart | undefined {
    return reader.sql.get("select entry, part from bridge_ref where conversation = ? and key = ?", conversation, this.#hash("ref", id));
  }

  /** The first entry that claims a message of the network keeps it. */
  note(writer: Writer, conversation: number, id: MsgId, entry: number, part: number | null): void {
    const hash = this.#hash("ref", id);
    writer.sql.run(
      "insert or ignore into bridge_ref (conversation, key, entry, part) values (?, ?, ?, ?)",
      conversation,
      hash,
      entry,
      part,
    );
  }
}
