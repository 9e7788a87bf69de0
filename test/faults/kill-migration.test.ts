import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { copyPath, migrateWithCopy, removeCopy } from "../../src/node/migration-copy.ts";
import { inspectSqlite, openSqlite } from "../../src/node/sqlite.ts";
import { temporaryFolder } from "../unit/config/temporary-folder.ts";
import { rounds } from "./flow.ts";
import { NEW, OLD, ROWS } from "./migration/components.ts";

const MIGRATE = fileURLToPath(new URL("migration/migrate.ts", import.meta.url));

/** Resolves once the child has the database open. */
async function begin(path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MIGRATE, path], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout as NodeJS.ReadableStream, "data");
  return child;
}

async function migrationTime(path: string): Promise<number> {
  const child = await begin(path);
  const begun = performance.now();
  await once(child, "exit");
  return performance.now() - begun;
}

test("a migration killed in the middle × 50: the database opens, nothing of it is lost, and the copy is sound", async () => {
  using folder = temporaryFolder();
  const template = join(folder.path, "template.db");
  const old = openSqlite(template);
  migrateWithCopy(old, template, OLD);
  const sum = old.get<{ sum: string }>("select group_concat(text) as sum from (select text from ledger order by n limit 100)")?.sum;
  old.close();
  const path = join(folder.path, "homeport.db");
  copyFileSync(template, path);
  const whole = await migrationTime(path);
  let interrupted = 0;
  for (let round = 0; round < rounds(50); round++) {
    for (const name of readdirSync(folder.path)) if (name.startsWith("homeport.db")) rmSync(join(folder.path, name));
    copyFileSync(template, path);
    const child = await begin(path);
    // It may be done before it is killed.
    const ended = once(child, "exit");
    await sleep(Math.random() * whole);
    child.kill("SIGKILL");
    await ended;
    if (existsSync(copyPath(path))) {
      interrupted += 1;
      expect(inspectSqlite(copyPath(path))).toMatchObject({
        sound: true,
        versions: expect.stringContaining('"ledger","version":1') as string,
      });
    }
    const sql = openSqlite(path);
    migrateWithCopy(sql, path, NEW);
    removeCopy(path);
    const { n, wrong } = sql.get<{ n: number; wrong: number }>(
      "select count(*) as n, sum(length(text) <> length or twice <> 2 * n) as wrong from ledger",
    ) as { n: number; wrong: number };
    expect({ round, n, wrong }).toEqual({ round, n: ROWS, wrong: 0 });
    expect(sql.get("select group_concat(text) as sum from (select text from ledger order by n limit 100)")).toEqual({ sum });
    expect(sql.get("pragma quick_check(1)")).toEqual({ quick_check: "ok" });
    sql.close();
    expect(existsSync(copyPath(path))).toBe(false);
  }
  expect(interrupted).toBeGreaterThan(0);
});
