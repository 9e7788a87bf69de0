import type { Reader, Writer } from "../../sync/core.ts";
import { fromUtf8, utf8, toHex } from "../../sync/encoding/bytes.ts";
import type { Caps, ConvId } from "../contract/index.ts";
import type { KeyedHash } from "./keyed-hash.ts";

/**
 * known: the plugin told of it, the person has not opened it, and nothing of it comes in. provisional: something of it came
 * while the person was opening a conversation of the account. open, closed: as the person wants it.
 */
export type Standing = "known" | "provisional" | "open" | "closed";

export interface ConvDetail {
  conv: ConvId;
  name: string;
  topic?: string | undefined;
  /** Link for the network's own program. */
  url?: string | undefined;
  caps?: Caps | undefined;
}

/** A conversation of a network, as this device knows it. */
export interface ConvRecord extends ConvDetail {
  row: number;
  account: number;
  /** Row in the core; undefined until something of it is in the log. */
  conversation: number | undefined;
  standing: Standing;
}

interface Row {
  row: number;
  account: number;
  key: Uint8Array;
  conversation: number | null;
  standing: Standing;
  detail: Uint8Array;
}

const COLUMNS = "row, account, key, conversation, standing, detail";

/** The conversations of all accounts. Keeps what it read, as each event asks: `forget` after a transaction that failed. */
export class ConversationTable {
  readonly #hash: KeyedHash;
  readonly #byAccount = new Map<number, Map<ConvId, ConvRecord>>();

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  forget(): void {
    this.#byAccount.clear();
  }

  of(reader: Reader, account: number): ReadonlyMap<ConvId, ConvRecord> {
    const known = this.#byAccount.get(account);
    if (known) return known;
    const rows = reader.sql.all<Row>(`select ${COLUMNS} from bridge_conversation where account = ? order by row`, account);
    const records = new Map(rows.map((row) => recordOf(reader, row)).map((record) => [record.conv, record]));
    this.#byAccount.set(account, records);
    return records;
  }

  find(reader: Reader, account: number, conv: ConvId): ConvRecord | undefined {
    return this.of(reader, account).get(conv);
  }

  insert(writer: Writer, account: number, standing: Standing, detail: ConvDetail): ConvRecord {
    const key = this.#hash("conversation", String(account), detail.conv);
    const { lastId: row } = writer.sql.run(
      "insert into bridge_conversation (account, key, standing, detail) values (?, ?, ?, ?)",
      ...[account, key, standing, sealDetail(writer, account, key, detail)],
    );
    return this.#keep({ ...detail, row, account, conversation: undefined, standing });
  }

  update(writer: Writer, record: ConvRecord): ConvRecord {
    const key = this.#hash("conversation", String(record.account), record.conv);
    writer.sql.run(
      "update bridge_conversation set conversation = ?, standing = ?, detail = ? where row = ?",
      ...[record.conversation ?? null, record.standing, sealDetail(writer, record.account, key, record), record.row],
    );
    return this.#keep(record);
  }

  #keep(record: ConvRecord): ConvRecord {
    this.#byAccount.get(record.account)?.set(record.conv, record);
    return record;
  }
}

/** For what knows only the core's row; reads past the cache. */
export function convByCoreRow(reader: Reader, conversation: number): ConvRecord | undefined {
  const row = reader.sql.get<Row>(`select ${COLUMNS} from bridge_conversation where conversation = ?`, conversation);
  return row && recordOf(reader, row);
}

export function convByRow(reader: Reader, row: number): ConvRecord | undefined {
  const found = reader.sql.get<Row>(`select ${COLUMNS} from bridge_conversation where row = ?`, row);
  return found && recordOf(reader, found);
}

function sealDetail(writer: Writer, account: number, key: Uint8Array, { conv, name, topic, url, caps }: ConvDetail): Uint8Array {
  return writer.seal("bridge_conversation", `${account}/${toHex(key)}`, "detail", utf8(JSON.stringify({ conv, name, topic, url, caps })));
}

function recordOf(reader: Reader, row: Row): ConvRecord {
  const place = `${row.account}/${toHex(row.key)}`;
  const detail = JSON.parse(fromUtf8(reader.open("bridge_conversation", place, "detail", row.detail))) as ConvDetail;
  return { ...detail, row: row.row, account: row.account, conversation: row.conversation ?? undefined, standing: row.standing };
}
