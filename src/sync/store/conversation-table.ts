import type { Conversation, Founding } from "../core.ts";
import { toHex } from "../encoding/bytes.ts";
import { conversationId, decodeFounding, encodeFounding } from "../log/founding.ts";
import type { Crypto, Sql } from "../ports.ts";
import { placeOf, type Sealing } from "./sealing.ts";

/** All conversations, kept in memory: there are some thousands at most, and every frame names one. */
export class ConversationTable {
  readonly #sql: Sql;
  readonly #crypto: Crypto;
  readonly #dataKey: Sealing;
  readonly #byRow = new Map<number, Conversation>();
  readonly #rows = new Map<string, number>();

  constructor(sql: Sql, crypto: Crypto, dataKey: Sealing) {
    this.#sql = sql;
    this.#crypto = crypto;
    this.#dataKey = dataKey;
    this.#load();
  }

  /** After a transaction that failed: everything is read again. */
  forget(): void {
    this.#byRow.clear();
    this.#rows.clear();
    this.#load();
  }

  get(row: number): Conversation | undefined {
    return this.#byRow.get(row);
  }

  byId(id: Uint8Array): Conversation | undefined {
    const row = this.#rows.get(toHex(id));
    return row === undefined ? undefined : this.#byRow.get(row);
  }

  byFounding(founding: Founding): Conversation | undefined {
    return this.byId(conversationId(this.#crypto, founding));
  }

  all(): Conversation[] {
    return [...this.#byRow.values()];
  }

  add(founding: Founding): Conversation {
    const id = conversationId(this.#crypto, founding);
    const sealed = this.#dataKey.seal(placeOf("conversation", toHex(id), "founding"), encodeFounding(founding));
    const row = this.#sql.run("insert into conversation (id, founding) values (?, ?)", id, sealed).lastId;
    return this.#keep({ row, id, founding });
  }

  #load(): void {
    for (const row of this.#sql.all<{ row: number; id: Uint8Array; founding: Uint8Array }>("select row, id, founding from conversation")) {
      const founding = decodeFounding(this.#dataKey.open(placeOf("conversation", toHex(row.id), "founding"), row.founding));
      this.#keep({ row: row.row, id: row.id, founding });
    }
  }

  #keep(conversation: Conversation): Conversation {
    this.#byRow.set(conversation.row, conversation);
    this.#rows.set(toHex(conversation.id), conversation.row);
    return conversation;
  }
}
