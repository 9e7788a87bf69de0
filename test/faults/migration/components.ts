import { viewsProjection } from "../../../src/device/views/projection.ts";
import type { Component } from "../../../src/sync/store/migrate.ts";
import { CORE_MIGRATIONS } from "../../../src/sync/store/schema.ts";

export const ROWS = 20_000;

/** The product's own tables, and one more that is large and takes several steps. */
export const OLD: Component[] = [
  { name: "core", migrations: CORE_MIGRATIONS.slice(0, 1) },
  { name: viewsProjection.name, migrations: viewsProjection.migrations.slice(0, 1) },
  {
    name: "ledger",
    migrations: [
      `create table ledger (n integer primary key, text text not null);
       with recursive counter (n) as (select 1 union all select n + 1 from counter where n < ${ROWS})
         insert into ledger select n, hex(randomblob(32)) || n from counter`,
    ],
  },
];

export const NEW: Component[] = [
  { name: "core", migrations: CORE_MIGRATIONS },
  { name: viewsProjection.name, migrations: viewsProjection.migrations },
  {
    name: "ledger",
    migrations: [
      ...(OLD[2] as Component).migrations,
      "alter table ledger add column length integer; update ledger set length = length(text)",
      "create table wider (n integer primary key, text text not null, length integer not null, twice integer not null)",
      "insert into wider select n, text, length, 2 * n from ledger",
      "drop table ledger; alter table wider rename to ledger",
      "create index ledger_text on ledger (text)",
    ],
  },
];
