import { KIND } from "../../sync/content/kinds.ts";
import { unlockingSchema } from "../../sync/content/unlocking.ts";
import type { Projection, Reader } from "../../sync/core.ts";

/** How a locked device is reached, by what it said of itself in the own-devices log. */
export interface KnownDoor {
  /** Transport key, 32 bytes. */
  transport: Uint8Array;
  /** 16 bytes. */
  salt: Uint8Array;
}

export const unlockingProjection: Projection = {
  name: "unlocking",
  migrations: [
    `create table unlocking (device blob primary key, transport blob, salt blob, hlc_ms integer not null, hlc_n integer not null) without rowid`,
  ],
  kinds: new Set([KIND.unlocking]),
  integrated(writer, entry, body) {
    if (writer.conversation(entry.conversationRow)?.founding.kind !== "self") return;
    const parsed = unlockingSchema.safeParse(body);
    if (!parsed.success) return;
    const { door } = parsed.data;
    // The author is the device that it is about: nobody else can say where a passphrase is to be sent.
    writer.sql.run(
      `insert into unlocking (device, transport, salt, hlc_ms, hlc_n) values (?, ?, ?, ?, ?)
       on conflict do update set transport = excluded.transport, salt = excluded.salt, hlc_ms = excluded.hlc_ms, hlc_n = excluded.hlc_n
         where (excluded.hlc_ms, excluded.hlc_n) > (hlc_ms, hlc_n)`,
      ...[entry.feed, door?.transport ?? null, door?.salt ?? null, entry.hlc.ms, entry.hlc.n],
    );
  },
};

/** Undefined for a device that cannot be unlocked from afar. */
export function doorOf(reader: Reader, device: Uint8Array): KnownDoor | undefined {
  const row = reader.sql.get<{ transport: Uint8Array | null; salt: Uint8Array | null }>(
    "select transport, salt from unlocking where device = ?",
    device,
  );
  return row?.transport && row.salt ? { transport: row.transport, salt: row.salt } : undefined;
}
