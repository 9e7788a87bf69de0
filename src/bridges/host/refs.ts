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

/** What a network calls a message. */
interface Named {
  id: MsgId;
  key: string;
  aliases?: readonly MsgId[] | undefined;
}

const SELECT_BY_ID = `select entry, part from bridge_ref where conversation = ? and key = ?
  union all select entry, null as part from bridge_seen where conversation = ? and kind = ${SEEN.message} and key = ? limit 1`;

/**
 * What has come in, and which entry a message of the network is. `conversation` is a row of `bridge_conversation`. A message
 * whose key is its id, as it mostly is, has one row for both.
 */
export class Refs {
  readonly #hash: KeyedHash;

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  hasSeen(reader: Reader, conversation: number, kind: SeenKind, key: string): boolean {
    return (
      reader.sql.get(
        "select 1 from bridge_seen where conversation = ? and kind = ? and key = ?",
        conversation,
        SEEN[kind],
        this.#hash(key),
      ) !== undefined
    );
  }

  markSeen(writer: Writer, conversation: number, kind: SeenKind, key: string, entry: number | null): void {
    const sql = "insert or ignore into bridge_seen (conversation, kind, key, entry) values (?, ?, ?, ?)";
    writer.sql.run(sql, conversation, SEEN[kind], this.#hash(key), entry);
  }

  /** The entry of a message that came in before, under this id or this key; `keep` notes which one it is from now on. */
  message(writer: Writer, conversation: number, { id, key, aliases = [] }: Named): { known: boolean; keep(entry: EntryPart): void } {
    const byId = this.#hash(id);
    const byKey = id === key ? byId : this.#hash(key);
    const isSame = byId === byKey;
    const known = this.#find(writer, conversation, byId) !== undefined || (!isSame && this.hasSeen(writer, conversation, "message", key));
    const keep = ({ entry, part }: EntryPart): void => {
      writer.sql.run(
        "insert or ignore into bridge_seen (conversation, kind, key, entry) values (?, ?, ?, ?)",
        conversation,
        SEEN.message,
        byKey,
        entry,
      );
      if (!isSame || part !== null) this.#note(writer, conversation, byId, entry, part);
      for (const alias of aliases) this.#rename(writer, conversation, this.#hash(alias), entry, part);
    };
    return { known, keep };
  }

  entryOf(reader: Reader, conversation: number, id: MsgId): EntryPart | undefined {
    const found = this.#find(reader, conversation, this.#hash(id));
    return found && found.entry !== null ? { entry: found.entry, part: found.part } : undefined;
  }

  /** The first entry that claims a message of the network keeps it. */
  note(writer: Writer, conversation: number, id: MsgId, entry: number, part: number | null): void {
    this.#note(writer, conversation, this.#hash(id), entry, part);
  }

  #find(reader: Reader, conversation: number, hash: Uint8Array): { entry: number | null; part: number | null } | undefined {
    return reader.sql.get(SELECT_BY_ID, conversation, hash, conversation, hash);
  }

  /** The newest that bears the name has it. */
  #rename(writer: Writer, conversation: number, hash: Uint8Array, entry: number, part: number | null): void {
    const sql = "insert or replace into bridge_ref (conversation, key, entry, part) values (?, ?, ?, ?)";
    writer.sql.run(sql, conversation, hash, entry, part);
  }

  #note(writer: Writer, conversation: number, hash: Uint8Array, entry: number, part: number | null): void {
    writer.sql.run(
      "insert or ignore into bridge_ref (conversation, key, entry, part) values (?, ?, ?, ?)",
      conversation,
      hash,
      entry,
      part,
    );
  }
}
