import type { SecurityFacts, SecurityLabel } from "../../security-labels/index.ts";
import type { Reader, Writer } from "../../sync/core.ts";
import { fromUtf8, utf8 } from "../../sync/encoding/bytes.ts";
import type { TxnId } from "../contract/index.ts";
import type { MessageState, Part, PartState } from "./outbox-decisions.ts";
import { isUnderWay } from "./outbox-decisions.ts";

/** A part with its name towards the plugin. */
export interface StoredPart extends Part {
  readonly txn: TxnId;
}

/** An own message to a network. */
export interface OutboxMessage {
  n: number;
  /** Row of its entry in the core. */
  entry: number;
  account: number;
  /** Row in `bridge_conversation`. */
  conversation: number;
  /** Milliseconds since 1970: when it was written, or when the person last said to send it. */
  created: number;
  minLabel: SecurityLabel;
  /** False while its one part stands for the whole text. */
  split: boolean;
  state: MessageState["state"];
  since: number;
  reason: string | undefined;
}

interface MessageRow {
  n: number;
  entry: number;
  account: number;
  conversation: number;
  created: number;
  min_label: SecurityLabel;
  split: number;
  state: MessageState["state"];
  since: number;
  reason: Uint8Array | null;
}

interface PartRow {
  part: number;
  txn: string;
  state: PartState;
  maybe: number;
  attempt: number;
  claimed_at: number | null;
  detail: Uint8Array;
}

interface PartDetail {
  text?: string | undefined;
  textHash?: string | undefined;
  refs: string[];
  ts?: number | undefined;
  facts?: SecurityFacts | undefined;
  label?: SecurityLabel | undefined;
  reason?: string | undefined;
  code?: Part["code"];
}

const MESSAGE_COLUMNS = "n, entry, account, conversation, created, min_label, split, state, since, reason";

/** False where the entry is in the outbox already: it never comes in twice. */
export function insertMessage(
  writer: Writer,
  message: Omit<OutboxMessage, "n" | "split" | "reason">,
  parts: readonly StoredPart[],
): boolean {
  const { changes } = writer.sql.run(
    `insert or ignore into bridge_message (entry, account, conversation, created, min_label, state, since) values (?, ?, ?, ?, ?, ?, ?)`,
    ...[message.entry, message.account, message.conversation, message.created, message.minLabel, message.state, message.since],
  );
  if (changes === 0) return false;
  saveParts(writer, message.entry, [], parts);
  return true;
}

export function messageOf(reader: Reader, entry: number): OutboxMessage | undefined {
  const row = reader.sql.get<MessageRow>(`select ${MESSAGE_COLUMNS} from bridge_message where entry = ?`, entry);
  return row && messageFrom(reader, row);
}

export function partsOf(reader: Reader, entry: number): StoredPart[] {
  const rows = reader.sql.all<PartRow>(
    "select part, txn, state, maybe, attempt, claimed_at, detail from bridge_part where entry = ? order by part",
    entry,
  );
  return rows.map((row) => partFrom(reader, entry, row));
}

export function updateMessage(writer: Writer, message: OutboxMessage, parts: readonly Part[]): void {
  const reason = message.reason === undefined ? null : writer.seal("bridge_message", String(message.entry), "reason", utf8(message.reason));
  writer.sql.run(
    "update bridge_message set created = ?, split = ?, state = ?, flight = ?, since = ?, reason = ? where entry = ?",
    ...[message.created, message.split ? 1 : 0, message.state, parts.some(isUnderWay) ? 1 : 0, message.since, reason, message.entry],
  );
}

/** Writes those that are not the same object as before, and removes those that are gone. */
export function saveParts(writer: Writer, entry: number, before: readonly StoredPart[], after: readonly StoredPart[]): void {
  after.forEach((part, index) => {
    if (part === before[index]) return;
    const { text, textHash, refs, ts, facts, label, reason, code } = part;
    const detail = writer.seal(
      "bridge_part",
      `${entry}/${index}`,
      "detail",
      utf8(JSON.stringify({ text, textHash, refs, ts, facts, label, reason, code })),
    );
    writer.sql.run(
      "insert or replace into bridge_part (entry, part, txn, state, maybe, attempt, claimed_at, detail) values (?, ?, ?, ?, ?, ?, ?, ?)",
      ...[entry, index, part.txn, part.state, part.maybe ? 1 : 0, part.attempt, part.claimedAt ?? null, detail],
    );
  });
  if (after.length < before.length) writer.sql.run("delete from bridge_part where entry = ? and part >= ?", entry, after.length);
}

export function findByTxn(reader: Reader, account: number, txn: TxnId): { entry: number; part: number } | undefined {
  return reader.sql.get(
    "select p.entry, p.part from bridge_part p join bridge_message m on m.entry = p.entry where p.txn = ? and m.account = ?",
    ...[txn, account],
  );
}

/** The first queued message of each conversation of the account whose turn it is: none of its parts is under way. */
export function messagesInTurn(reader: Reader, account: number): { entry: number; conversation: number }[] {
  return reader.sql.all(
    `select m.entry, m.conversation from bridge_message m
     join (select min(n) as n from bridge_message where account = ? and state = 'queued' group by conversation) first on first.n = m.n
     where m.flight = 0 order by m.n`,
    account,
  );
}

/** Entries of the account's messages in these states, in the order in which they are sent. */
export function entriesIn(reader: Reader, account: number, ...states: MessageState["state"][]): number[] {
  const marks = states.map(() => "?").join(", ");
  const rows = reader.sql.all<{ entry: number }>(
    `select entry from bridge_message where account = ? and state in (${marks}) order by n`,
    account,
    ...states,
  );
  return rows.map(({ entry }) => entry);
}

export function entriesOfConversation(reader: Reader, conversation: number, state: MessageState["state"]): number[] {
  return reader.sql
    .all<{ entry: number }>("select entry from bridge_message where conversation = ? and state = ? order by n", conversation, state)
    .map(({ entry }) => entry);
}

/** Messages of all accounts, oldest first. */
export function messagesIn(reader: Reader, state: MessageState["state"]): OutboxMessage[] {
  return reader.sql
    .all<MessageRow>(`select ${MESSAGE_COLUMNS} from bridge_message where state = ? order by n`, state)
    .map((row) => messageFrom(reader, row));
}

/** Those with a part claimed or accepted: of one account, or of all that this device runs (`isHostedHere`). */
export function entriesUnderWay(reader: Reader, account?: number): number[] {
  const rows =
    account === undefined
      ? reader.sql.all<{ entry: number }>(
          `select m.entry from bridge_message m join bridge_account a on a.row = m.account where m.flight = 1
           and not exists (select 1 from bridge_host h where h.account = a.id and h.device <> ?) order by m.n`,
          reader.self,
        )
      : reader.sql.all<{ entry: number }>("select entry from bridge_message where flight = 1 and account = ? order by n", account);
  return rows.map(({ entry }) => entry);
}

/** Nothing about this message is known any more. */
export function deleteMessage(writer: Writer, entry: number): void {
  writer.sql.run("delete from bridge_part where entry = ?", entry);
  writer.sql.run("delete from bridge_message where entry = ?", entry);
}

export function deleteOutbox(writer: Writer, account: number): void {
  writer.sql.run("delete from bridge_part where entry in (select entry from bridge_message where account = ?)", account);
  writer.sql.run("delete from bridge_message where account = ?", account);
}

function messageFrom(reader: Reader, row: MessageRow): OutboxMessage {
  const { n, entry, account, conversation, created, state, since } = row;
  const reason = row.reason ? fromUtf8(reader.open("bridge_message", String(entry), "reason", row.reason)) : undefined;
  return { n, entry, account, conversation, created, minLabel: row.min_label, split: row.split === 1, state, since, reason };
}

function partFrom(reader: Reader, entry: number, row: PartRow): StoredPart {
  const detail = JSON.parse(fromUtf8(reader.open("bridge_part", `${entry}/${row.part}`, "detail", row.detail))) as PartDetail;
  return {
    ...detail,
    txn: row.txn,
    state: row.state,
    maybe: row.maybe === 1,
    attempt: row.attempt,
    claimedAt: row.claimed_at ?? undefined,
  };
}
