import type { Device } from "../sync/device.ts";

/** How many entries of the conversations here another own device is not known to hold (F5). */
export function missingAt(device: Device, peer: Uint8Array): number {
  const row = device.sql.get<{ n: number | null }>(
    `select sum(max(f.head_seq - coalesce(v.seq, 0), 0)) as n from feed f left join peer_vector v on v.feed = f.row and v.device = ?`,
    peer,
  );
  return row?.n ?? 0;
}
