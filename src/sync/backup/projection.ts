import { z } from "zod";
import { recoveryHash } from "../account/recovery-key.ts";
import { KIND } from "../content/kinds.ts";
import { bytesOf } from "../content/text.ts";
import type { Projection } from "../core.ts";
import type { Crypto } from "../ports.ts";
import { isBackupKey } from "./backup-key.ts";

/** Body of `KIND.backupKey`, in the own-devices log. */
const backupKeySchema = z.object({ box: bytesOf(32), recovery: bytesOf(32), signature: bytesOf(64) });

/** Keeps the keys for which backups are made, by the hash of the recovery key that signed them. */
export function backupProjection(crypto: Crypto): Projection {
  return {
    name: "backup",
    migrations: [
      `create table backup_key (hash blob primary key, box blob not null, recovery blob not null, signature blob not null) without rowid`,
    ],
    kinds: new Set([KIND.backupKey]),
    integrated(writer, _entry, body) {
      const key = backupKeySchema.safeParse(body).data;
      if (!key || !isBackupKey(crypto, writer.account.account, key)) return;
      const { box, recovery, signature } = key;
      const insert = "insert or replace into backup_key (hash, box, recovery, signature) values (?, ?, ?, ?)";
      writer.sql.run(insert, recoveryHash(crypto, recovery), box, recovery, signature);
    },
  };
}
