import { type NoticeCode, noticeSeenSchema, retiredSchema } from "../../sync/content/account.ts";
import { KIND } from "../../sync/content/kinds.ts";
import type { Projection, StoredEntry, Writer } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";

const MIGRATIONS = [
  `
  -- When this device learned of an op of the account: ops carry no time.
  create table account_learned (op blob primary key, at integer not null) without rowid;
  -- What the person is to be told, and what was seen on some own device.
  create table account_notice (op blob not null, code text not null, device blob, at integer not null, primary key (op, code)) without rowid;
  create table account_notice_seen (op blob not null, code text not null, primary key (op, code)) without rowid;
  `,
];

/** Follows which notices about the account were seen, on whichever device. */
export const accountProjection: Projection = {
  name: "account",
  migrations: MIGRATIONS,
  kinds: new Set([KIND.noticeSeen, KIND.retired]),
  integrated(writer, entry, body) {
    if (writer.conversation(entry.conversationRow)?.founding.kind !== "self") return;
    if (entry.kind === KIND.noticeSeen) settle(writer, body);
    if (entry.kind === KIND.retired) tell(writer, entry, body);
  },
};

function settle(writer: Writer, body: Cbor | undefined): void {
  const parsed = noticeSeenSchema.safeParse(body);
  if (!parsed.success) return;
  writer.sql.run("insert or ignore into account_notice_seen (op, code) values (?, ?)", parsed.data.op, parsed.data.code);
}

/** Told on every device, by whichever of them did it. */
function tell(writer: Writer, { conversationRow }: StoredEntry, body: Cbor | undefined): void {
  const parsed = retiredSchema.safeParse(body);
  if (!parsed.success) return;
  const code: NoticeCode = "browser-retired";
  const sql = "insert or ignore into account_notice (op, code, device, at) values (?, ?, ?, ?)";
  writer.sql.run(sql, parsed.data.op, code, parsed.data.device, writer.now());
  writer.touchConversation(conversationRow);
}
