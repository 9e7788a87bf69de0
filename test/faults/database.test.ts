import { createHash, randomBytes } from "node:crypto";
import { closeSync, copyFileSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Homeport, type Refusal, refusalOf, type World, world } from "../harness/homeport.ts";
import { between, rounds } from "./flow.ts";

let place: World;
let home: Homeport;
let database: string;
let good: string;
const texts = Array.from({ length: 40 }, (_, n) => `note ${n} ${"y".repeat(3_000)}`);

beforeAll(async () => {
  place = await world();
  home = await place.machine("home");
  await home.init();
  await home.start();
  for (const text of texts) await home.run(["send", "Note to self", "-"], { input: text });
  await home.stop();
  database = join(home.data, "homeport.db");
  good = place.path("good.db");
  copyFileSync(database, good);
});
afterAll(() => place[Symbol.asyncDispose]());

const restore = () => {
  for (const end of ["", "-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
  copyFileSync(good, database);
};
beforeEach(restore);

const start = async (): Promise<Refusal> =>
  refusalOf(await home.stream(["start", "--http", "off", "--no-mdns", "--listen", home.listen]).ended, "start");

const notes = async () => (await home.rows<{ text: string }>("read", "Note to self", "--limit", "1000")).map(({ text }) => text);
const digest = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Writes over a piece of the database. */
function damage(offset: number, bytes: Uint8Array): void {
  const file = openSync(database, "r+");
  writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
}

describe("a damaged database", () => {
  test.each([
    ["with its header overwritten", () => damage(0, randomBytes(100))],
    ["that is a text", () => writeFileSync(database, "this is no database\n".repeat(100))],
    ["that was cut off in the middle", () => truncateSync(database, Math.floor(statSync(database).size / 2 / 4096) * 4096)],
    ["with its schema overwritten", () => damage(100, randomBytes(3_996))],
  ])("%s is refused as `corrupt`, with what to do, and is left as it is", async (_, harm) => {
    harm();
    const before = digest(database);
    expect(await start()).toMatchObject({ exit: 1, code: "corrupt", message: expect.stringMatching(/link this device again|begin again/) });
    expect(digest(database)).toBe(before);
  });

  test("pages overwritten at random: each command works or says `corrupt`, never anything unexplained, and the daemon lives", {
    timeout: 300_000,
  }, async () => {
    for (let round = 0; round < 6; round++) {
      restore();
      const pages = statSync(database).size / 4096;
      for (let n = 0; n < 4; n++) damage(4096 * Math.floor(between(1, pages)), randomBytes(4096));
      const daemon = home.stream(["start", "--http", "off", "--no-mdns", "--listen", home.listen]);
      const begun = await Promise.race([daemon.ended, daemon.until("first line", () => true).catch(() => daemon.ended)]);
      if (begun !== null && typeof begun === "object" && "code" in begun) {
        expect(refusalOf(begun as Awaited<typeof daemon.ended>, "start").code).toBe("corrupt");
        continue;
      }
      for (const args of [
        ["status"],
        ["chats"],
        ["read", "Note to self", "--limit", "100"],
        ["send", "Note to self", "more"],
        ["doctor"],
      ]) {
        const { code, stderr } = await home.run(args);
        if (code !== 0) expect(`${args[0]}: ${(JSON.parse(stderr) as { code: string }).code}`).toBe(`${args[0]}: corrupt`);
      }
      expect(daemon.isRunning).toBe(true);
      await daemon.stop();
    }
  });

  test("an empty one is refused as `corrupt`, with what to do", async () => {
    truncateSync(database, 0);
    expect(await start()).toMatchObject({ exit: 1, code: "corrupt", message: expect.stringContaining("begin again") });
  });

  test("put back from a copy, it is whole", async () => {
    damage(0, randomBytes(100));
    await start();
    restore();
    await home.start();
    expect(await notes()).toEqual(texts);
    await home.stop();
  });
});

describe("a database of a newer version", () => {
  test.each(["core", "views", "profile"])("of %s is refused as `newer-schema`, and nothing in it is changed", async (component) => {
    const versions = () => {
      const sql = new Database(database, { readonly: true });
      const rows = sql.prepare("select component, version from schema_version order by component").all();
      sql.close();
      return rows;
    };
    const sql = new Database(database);
    const { changes } = sql.prepare("update schema_version set version = version + 1 where component = ?").run(component);
    sql.close();
    expect(changes).toBe(1);
    const before = versions();
    expect(await start()).toMatchObject({ exit: 1, code: "newer-schema", message: expect.stringContaining("newer") });
    expect(versions()).toEqual(before);
  });
});

describe("a database that is opened twice", () => {
  test("by a second daemon: `locked`, and the first goes on", async () => {
    await home.start();
    expect(await start()).toMatchObject({ exit: 1, code: "locked" });
    await home.json("send", "Note to self", "still here");
    expect(await home.refusal("init", "--no-recovery")).toMatchObject({ exit: 1, code: "exists" });
    await home.stop();
  });

  test("by ten at once: one runs, the others are `locked`", async () => {
    const starting = Array.from({ length: 10 }, () => home.stream(["start", "--http", "off", "--no-mdns", "--listen", home.listen]));
    const outcomes = await Promise.all(
      starting.map((one) =>
        Promise.race([
          one.ended.then((ended) => refusalOf(ended, "start").code),
          one
            .until("first line", () => true)
            .then(
              () => "ready",
              () => "",
            ),
        ]),
      ),
    );
    const codes = await Promise.all(
      outcomes.map(async (outcome, n) => outcome || refusalOf(await (starting[n] as (typeof starting)[0]).ended, "start").code),
    );
    expect(codes.filter((code) => code === "ready")).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set(["ready", "locked"]));
    await Promise.all(starting.filter((one) => one.isRunning).map((one) => one.stop()));
  });

  test("by another program that holds it: `locked`", async () => {
    const sql = new Database(database);
    sql.exec("begin exclusive");
    expect(await start()).toMatchObject({ exit: 1, code: "locked" });
    sql.exec("rollback");
    sql.close();
    await home.start();
    await home.stop();
  });
});

describe("the key file", () => {
  const keyFile = () => join(home.data, "vault.key");

  test.each([
    ["missing", () => rmSync(keyFile())],
    ["of another profile", () => writeFileSync(keyFile(), randomBytes(32))],
    ["cut off", () => truncateSync(keyFile(), 7)],
  ])("%s: `locked-vault`, with what to do", async (_, harm) => {
    const kept = readFileSync(keyFile());
    harm();
    expect(await start()).toMatchObject({ exit: 1, code: "locked-vault", message: expect.stringContaining("vault.key") });
    writeFileSync(keyFile(), kept, { mode: 0o600 });
    await home.start();
    expect(await notes()).toEqual(texts);
    await home.stop();
  });
});

test(`init killed ${rounds(12)} times at random moments leaves a profile, nothing, or something that says what to do`, {
  timeout: 300_000,
}, async () => {
  const seen: string[] = [];
  for (let round = 0; round < rounds(12); round++) {
    const machine = await place.machine(`killed-${round}`);
    const init = machine.stream(["init", "--no-recovery"]);
    await sleep(between(100, 900));
    await init.kill();
    const code = await machine.start().then(
      () => "ready",
      async () => refusalOf(await machine.daemon.ended, "start").code,
    );
    seen.push(code);
    expect(["ready", "no-profile", "corrupt"]).toContain(code);
    if (code === "ready") await machine.stop();
    if (code === "corrupt") rmSync(machine.data, { recursive: true });
    if (code === "no-profile") rmSync(join(machine.data, "vault.key"), { force: true });
    if (code === "corrupt" || code === "no-profile") await machine.init();
  }
  console.warn("init killed:", seen.join(" "));
});
