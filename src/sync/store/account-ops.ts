import { decodeOp } from "../account/op.ts";
import { OpSet } from "../account/op-set.ts";
import { DOMAIN } from "../domains.ts";
import { HomeportError } from "../errors.ts";
import type { Crypto, Sql } from "../ports.ts";

/** The ops of the account that are stored; `given` where there are none yet. Throws `HomeportError` of code `no-account`. */
export function loadOps(sql: Sql, crypto: Crypto, given: readonly Uint8Array[] | undefined): OpSet {
  const stored = sql.all<{ bytes: Uint8Array }>("select bytes from account_op order by row").map(({ bytes }) => bytes);
  const all = stored.length > 0 ? stored : (given ?? []);
  if (all.length === 0)
    throw new HomeportError("no-account", "This data folder holds no account. Run `homeport init` or `homeport device join`.");
  return OpSet.of(crypto, decodeOp(crypto, all[0] as Uint8Array).id, all);
}

export function storeOps(sql: Sql, crypto: Crypto, ops: readonly Uint8Array[]): void {
  for (const bytes of ops)
    sql.run("insert or ignore into account_op (id, bytes) values (?, ?)", crypto.hash(DOMAIN.accountOp, bytes), bytes);
}
