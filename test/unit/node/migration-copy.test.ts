import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { copyPath, migrateWithCopy, removeCopy } from "../../../src/node/migration-copy.ts";
import { inspectSqlite, openSqlite } from "../../../src/node/sqlite.ts";
import { temporaryFolder } from "../config/temporary-folder.ts";

const FIRST = { name: "notes", migrations: ["create table note (text text not null)"] };
const SECOND = { name: "notes", migrations: [...FIRST.migrations, "alter table note add column n integer", "update note set n = 1"] };
const BROKEN = { name: "notes", migrations: [...FIRST.migrations, "delete from note", "this is no SQL"] };

function databaseIn(folder: string): string {
  const path = join(folder, "homeport.db");
  const sql = openSqlite(path);
  migrateWithCopy(sql, path, [FIRST]);
  sql.run("insert into note values ('kept')");
  sql.close();
  return path;
}

describe("a database of an earlier version", () => {
  test("is copied, checked, migrated, and the copy goes; a new database and a current one are not copied", () => {
    using folder = temporaryFolder();
    const path = databaseIn(folder.path);
    expect(readdirSync(folder.path)).toEqual(["homeport.db"]);
    const sql = openSqlite(path);
    migrateWithCopy(sql, path, [FIRST]);
    expect(existsSync(copyPath(path))).toBe(false);
    migrateWithCopy(sql, path, [SECOND]);
    expect(statSync(copyPath(path)).mode & 0o777).toBe(0o600);
    expect(sql.all("select text, n from note")).toEqual([{ text: "kept", n: 1 }]);
    removeCopy(path);
    sql.close();
    expect(readdirSync(folder.path)).toEqual(["homeport.db"]);
  });

  test("whose migration fails is told where the copy lies, and the copy is what it was", () => {
    using folder = temporaryFolder();
    const path = databaseIn(folder.path);
    const sql = openSqlite(path);
    expect(() => migrateWithCopy(sql, path, [BROKEN])).toThrow(
      expect.objectContaining({ code: "migration-failed", message: expect.stringContaining(copyPath(path)) as string }),
    );
    sql.close();
    expect(inspectSqlite(copyPath(path))).toEqual({ sound: true, versions: '[{"component":"notes","version":1}]' });
    const copy = openSqlite(copyPath(path));
    expect(copy.all("select text from note")).toEqual([{ text: "kept" }]);
    copy.close();
  });

  test("that was interrupted on the way keeps the copy of the first attempt", () => {
    using folder = temporaryFolder();
    const path = databaseIn(folder.path);
    const sql = openSqlite(path);
    expect(() => migrateWithCopy(sql, path, [BROKEN])).toThrow("could not be brought");
    const first = readFileSync(copyPath(path));
    expect(() => migrateWithCopy(sql, path, [BROKEN])).toThrow("could not be brought");
    expect(readFileSync(copyPath(path)).equals(first)).toBe(true);
    sql.close();
  });

  test("an unfinished copy counts for nothing", () => {
    using folder = temporaryFolder();
    const path = databaseIn(folder.path);
    writeFileSync(`${copyPath(path)}.unfinished`, "half");
    const sql = openSqlite(path);
    migrateWithCopy(sql, path, [SECOND]);
    expect(existsSync(`${copyPath(path)}.unfinished`)).toBe(false);
    expect(inspectSqlite(copyPath(path)).sound).toBe(true);
    sql.close();
  });
});

test("a database of a later version is refused, and neither copied nor changed", () => {
  using folder = temporaryFolder();
  const path = databaseIn(folder.path);
  const sql = openSqlite(path);
  migrateWithCopy(sql, path, [SECOND]);
  removeCopy(path);
  expect(() => migrateWithCopy(sql, path, [FIRST])).toThrow(expect.objectContaining({ code: "newer-schema" }));
  expect(sql.all("select text, n from note")).toEqual([{ text: "kept", n: 1 }]);
  sql.close();
  expect(readdirSync(folder.path)).toEqual(["homeport.db"]);
});
