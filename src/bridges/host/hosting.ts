import { bridgeAccountSchema } from "../../sync/content/bridged.ts";
import type { Reader, StoredEntry, Writer } from "../../sync/core.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import type { AccountId } from "../contract/index.ts";

/**
 * A login runs on one device: on the one that said last that it has it. What a device says of another does not count. Returns
 * the account where it moved.
 */
export function learnHost(writer: Writer, entry: StoredEntry, body: Cbor | undefined): AccountId | undefined {
  const said = bridgeAccountSchema.safeParse(body).data;
  if (!said || !sameBytes(said.device, entry.feed)) return undefined;
  const before = hostOf(writer, said.bridge);
  const { changes } = writer.sql.run(
    `insert into bridge_host (account, device, hlc_ms, hlc_n) values (?, ?, ?, ?)
     on conflict (account) do update set device = excluded.device, hlc_ms = excluded.hlc_ms, hlc_n = excluded.hlc_n
       where (excluded.hlc_ms, excluded.hlc_n) > (bridge_host.hlc_ms, bridge_host.hlc_n)`,
    ...[said.bridge, said.device, entry.hlc.ms, entry.hlc.n],
  );
  return changes > 0 && before && !sameBytes(before, said.device) ? said.bridge : undefined;
}

/** False on a device that a backup was restored into, until it takes the account over, and on one whose account was taken over. */
export function isHostedHere(reader: Reader, account: AccountId): boolean {
  const host = hostOf(reader, account);
  // Accounts that are older than this table never moved.
  return !host || sameBytes(host, reader.self);
}

function hostOf(reader: Reader, account: AccountId): Uint8Array | undefined {
  return reader.sql.get<{ device: Uint8Array }>("select device from bridge_host where account = ?", account)?.device;
}
