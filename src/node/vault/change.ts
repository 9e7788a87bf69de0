import { sameBytes } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Sql } from "../../sync/ports.ts";
import type { NodeVault } from "./node-vault.ts";
import { VaultRows } from "./rows.ts";

/**
 * Wraps the data key anew. Killed at any moment, the old wrapping works or the new one does: the new one is announced, placed
 * and tried out before one commit makes it the one that counts; then the old one is erased. What is left over by a kill is
 * erased when the profile is opened next. `old` is the vault of the wrapping that counts now. False where the new one counts and
 * the old one could not be erased yet.
 */
export async function changeVault(sql: Sql, dataKey: Uint8Array, old: NodeVault, next: NodeVault): Promise<boolean> {
  const rows = new VaultRows(sql);
  const { wrapped, place } = await next.prepare(dataKey);
  rows.announce({ kind: next.kind, wrapped });
  try {
    await place();
    const tried = await next.unwrap(wrapped);
    const opens = sameBytes(tried, dataKey);
    tried.fill(0);
    if (!opens) throw new Error("the new vault gave back another key");
  } catch (error) {
    // The old wrapping still counts.
    await next.erase(wrapped).catch(() => undefined);
    rows.forgetLeftover();
    throw error;
  }
  rows.swap({ kind: next.kind, wrapped });
  const { wrapped: before } = rows.leftover() ?? { wrapped: new Uint8Array() };
  try {
    await old.erase(before);
  } catch (error) {
    if (error instanceof HomeportError) return false;
    throw error;
  }
  rows.forgetLeftover();
  return true;
}
