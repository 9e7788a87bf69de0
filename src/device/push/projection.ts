import { KIND } from "../../sync/content/kinds.ts";
import { pushKeySchema, pushTargetSchema } from "../../sync/content/push.ts";
import type { Projection, StoredEntry, Writer } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";
import { stampOf } from "../../sync/log/stamp.ts";

const MIGRATIONS = [
  `
  -- What devices say about pushes, each the newest by hlc. kind: of the entry.
  create table push_said (kind integer not null, device blob not null, entry integer not null, stamp blob not null,
    primary key (kind, device)) without rowid;
  create index push_said_entry on push_said (entry);
  `,
];

/** Follows which device pushes, and where browsers take pushes. */
export const pushProjection: Projection = {
  name: "push",
  migrations: MIGRATIONS,
  integrated(writer, entry, body) {
    if (writer.conversation(entry.conversationRow)?.founding.kind !== "self") return;
    const about = deviceOf(entry, body);
    if (about) put(writer, entry, about);
  },
  erased(writer, entry) {
    writer.sql.run("delete from push_said where entry = ?", entry.row);
  },
};

/** Undefined for what nobody but that device may say. */
function deviceOf({ kind, feed }: StoredEntry, body: Cbor | undefined): Uint8Array | undefined {
  if (kind === KIND.pushKey) {
    const { data } = pushKeySchema.safeParse(body);
    return data && sameBytes(data.device, feed) ? data.device : undefined;
  }
  if (kind !== KIND.pushTarget) return undefined;
  const { data } = pushTargetSchema.safeParse(body);
  return data && (data.to === undefined || sameBytes(data.device, feed)) ? data.device : undefined;
}

function put(writer: Writer, entry: StoredEntry, device: Uint8Array): void {
  writer.sql.run(
    `insert into push_said (kind, device, entry, stamp) values (?, ?, ?, ?)
     on conflict (kind, device) do update set entry = excluded.entry, stamp = excluded.stamp where excluded.stamp > push_said.stamp`,
    ...[entry.kind, device, entry.row, stampOf(entry)],
  );
}
