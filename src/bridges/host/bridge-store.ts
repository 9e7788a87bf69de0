import type { Core, Writer } from "../../sync/core.ts";
import { ConversationTable } from "./conversation-table.ts";
import { Conversations } from "./conversations.ts";
import type { KeyedHash } from "./keyed-hash.ts";
import { MemberTable } from "./members.ts";
import { Refs } from "./refs.ts";
import { SealedMap } from "./sealed-map.ts";
import { UserNames } from "./user-names.ts";

/** The tables of the host over one core. */
export class BridgeStore {
  readonly core: Core;
  readonly conversations: Conversations;
  readonly members: MemberTable;
  readonly users: UserNames;
  readonly refs: Refs;
  readonly secrets: SealedMap<string>;
  readonly cursors: SealedMap<string>;
  readonly kv: SealedMap<Uint8Array>;
  readonly #table: ConversationTable;

  constructor(core: Core, hash: KeyedHash) {
    this.core = core;
    this.#table = new ConversationTable(hash);
    this.conversations = new Conversations(this.#table);
    this.members = new MemberTable(hash);
    this.users = new UserNames(hash);
    this.refs = new Refs(hash);
    this.secrets = new SealedMap("bridge_secret", hash);
    this.cursors = new SealedMap("bridge_cursor", hash);
    this.kv = new SealedMap("bridge_kv", hash);
  }

  /** One commit, or nothing: neither on the disk nor in what is kept in memory. */
  transact<T>(run: (writer: Writer) => T): T {
    try {
      return this.core.transact(run);
    } catch (error) {
      this.#table.forget();
      this.members.forget();
      this.users.forget();
      throw error;
    }
  }
}
