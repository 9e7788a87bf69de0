import type { Reader, Writer } from "../../sync/core.ts";
import { fromUtf8, utf8 } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { AccountId } from "../contract/index.ts";

/** One login on one network, as this device knows it. Secret fields are in the vault. */
export interface AccountRecord {
  row: number;
  id: AccountId;
  /** Id of the manifest. */
  network: string;
  removed: boolean;
  /** Milliseconds since 1970. */
  created: number;
  /** For people; holds no secret. */
  name: string;
  /** The fields that are not secret, as the person set them. */
  settings: Record<string, string>;
}

interface Row {
  row: number;
  id: string;
  network: string;
  removed: number;
  created: number;
  detail: Uint8Array;
}

const COLUMNS = "row, id, network, removed, created, detail";

export function insertAccount(writer: Writer, account: Omit<AccountRecord, "row" | "removed">): AccountRecord {
  const { id, network, created } = account;
  const { lastId: row } = writer.sql.run(
    "insert into bridge_account (id, network, created, detail) values (?, ?, ?, ?)",
    ...[id, network, created, sealDetail(writer, account)],
  );
  return { ...account, row, removed: false };
}

/** Keeps the row, so that what is still written to the account can be answered, and nothing of its settings. */
export function markRemoved(writer: Writer, account: AccountRecord): void {
  writer.sql.run(
    "update bridge_account set removed = 1, detail = ? where row = ?",
    sealDetail(writer, { ...account, settings: {} }),
    account.row,
  );
}

/** Those that this device runs (`isHostedHere`), without the removed ones, oldest first. */
export function listAccounts(reader: Reader): AccountRecord[] {
  return reader.sql
    .all<Row>(
      `select ${COLUMNS} from bridge_account where removed = 0
       and not exists (select 1 from bridge_host where account = bridge_account.id and device <> ?) order by row`,
      reader.self,
    )
    .map((row) => recordOf(reader, row));
}

export function accountByRow(reader: Reader, row: number): AccountRecord | undefined {
  const found = reader.sql.get<Row>(`select ${COLUMNS} from bridge_account where row = ?`, row);
  return found && recordOf(reader, found);
}

/** Throws `HomeportError` of code `not-found`, also for one that was removed. */
export function accountById(reader: Reader, id: string): AccountRecord {
  const found = reader.sql.get<Row>(`select ${COLUMNS} from bridge_account where id = ? and removed = 0`, id);
  if (!found) throw new HomeportError("not-found", "There is no such account on this device. `homeport bridge list` shows them.");
  return recordOf(reader, found);
}

function sealDetail(writer: Writer, { id, name, settings }: Pick<AccountRecord, "id" | "name" | "settings">): Uint8Array {
  return writer.seal("bridge_account", id, "detail", utf8(JSON.stringify({ name, settings })));
}

function recordOf(reader: Reader, row: Row): AccountRecord {
  const { name, settings } = JSON.parse(fromUtf8(reader.open("bridge_account", row.id, "detail", row.detail))) as Pick<
    AccountRecord,
    "name" | "settings"
  >;
  return { row: row.row, id: row.id, network: row.network, removed: row.removed === 1, created: row.created, name, settings };
}
