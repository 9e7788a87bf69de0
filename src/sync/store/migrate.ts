import { HomeportError } from "../errors.ts";
import type { Sql } from "../ports.ts";

export interface Component {
  readonly name: string;
  /** Oldest first. */
  readonly migrations: readonly string[];
}

/**
 * Brings every component's tables to its newest version, each step in a transaction of its own, so that an interrupted
 * one is done again. Throws `HomeportError` of code `newer-schema` before it touches anything that a later Homeport wrote.
 */
export function migrate(sql: Sql, components: readonly Component[]): void {
  sql.exec("create table if not exists schema_version (component text primary key, version integer not null) without rowid");
  const versions = new Map(components.map((component) => [component, versionOf(sql, component.name)]));
  for (const [component, version] of versions) if (version > component.migrations.length) throw newerSchema();
  for (const [component, version] of versions) {
    component.migrations.slice(version).forEach((statements, index) => {
      sql.transaction(() => {
        sql.exec(statements);
        sql.run("insert or replace into schema_version values (?, ?)", component.name, version + index + 1);
      });
    });
  }
}

/** How the tables of a database stand to these components, which nothing has to be written for. */
export function standingOf(sql: Sql, components: readonly Component[]): "empty" | "older" | "current" | "newer" {
  const tables = sql.get<{ n: number }>("select count(*) as n from sqlite_schema where name = 'schema_version'")?.n ?? 0;
  const versions = tables === 0 ? [] : sql.all<{ component: string; version: number }>("select component, version from schema_version");
  if (versions.length === 0) return "empty";
  const found = new Map(versions.map(({ component, version }) => [component, version]));
  const behind = components.map(({ name, migrations }) => migrations.length - (found.get(name) ?? 0));
  if (behind.some((steps) => steps < 0)) return "newer";
  return behind.some((steps) => steps > 0) ? "older" : "current";
}

function versionOf(sql: Sql, name: string): number {
  return sql.get<{ version: number }>("select version from schema_version where component = ?", name)?.version ?? 0;
}

function newerSchema(): HomeportError {
  return new HomeportError("newer-schema", "This data folder was written by a newer Homeport. Install that version again, or a later one.");
}
