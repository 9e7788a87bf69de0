import type { Sql } from "../ports.ts";

/**
 * E3: takes the rows of a conversation out of a component's table that stand on an entry whose body is gone. `entry`: which one a row
 * stands on, as a condition of SQL in which it is called `e`. Returns whether there were any.
 */
export function dropErased(sql: Sql, table: string, conversation: number, entry: string): boolean {
  return sql.run(`delete from ${table} where conversation = ? and not exists (${HAS_BODY} and ${entry})`, conversation).changes > 0;
}

/** To be continued by which entry is meant. */
export const HAS_BODY = "select 1 from entry e where e.body is not null";
