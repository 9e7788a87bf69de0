import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Backups } from "../../../src/node/backup/backups.ts";
import { type BackupSource, createBackup } from "../../../src/node/backup/create.ts";
import { FileTaker } from "../../../src/node/backup/files.ts";
import { restoreBackup } from "../../../src/node/backup/restore.ts";
import { verifyBackup } from "../../../src/node/backup/verify.ts";
import { blobFolder } from "../../../src/node/blob-folder.ts";
import { makeDevice } from "../../../src/node/make-device.ts";
import { initProfile } from "../../../src/node/profile.ts";
import { openProfile } from "../../../src/node/profile-store.ts";
import { standingOf } from "../../../src/sync/account/resolve.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import { createRandom, createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import type { Device } from "../../../src/sync/device.ts";
import { sameBytes, toHex } from "../../../src/sync/encoding/bytes.ts";
import type { Crypto } from "../../../src/sync/ports.ts";

const random = createRandom();
const ask = () => Promise.reject(new Error("asked for a passphrase"));
let crypto: Crypto;
let folder: string;
let words: Uint8Array;
let source: BackupSource;
const open: Device[] = [];

beforeEach(async () => {
  crypto = await createSodiumCrypto();
  folder = mkdtempSync(join(tmpdir(), "homeport-restore-"));
  const showRecovery = async (shown: Uint8Array) => {
    words = shown.slice();
  };
  await initProfile({ data: join(folder, "home"), name: "home", vault: "file", passphrase: ask, showRecovery });
  source = await opened("home");
});
afterEach(() => {
  for (const device of open.splice(0)) device.close();
  rmSync(folder, { recursive: true, force: true });
});

async function opened(name: string): Promise<BackupSource> {
  const data = join(folder, name);
  const profile = await openProfile(crypto, random, data, ask);
  const device = makeDevice({ profile, crypto, random });
  open.push(device);
  return { device, sql: profile.sql, dataKey: profile.dataKey, data, files: blobFolder(data), version: "0" };
}

const write = (text: string, { device } = source) =>
  device.transact((writer) => writer.append(device.ownLog.row, KIND.text, { text, style: "text" }));
const texts = ({ device }: BackupSource) =>
  device.sql
    .all<{ row: number }>("select row from entry where kind = ? order by hlc_ms, hlc_n", KIND.text)
    .map(({ row }) => (device.body(row) as { text: string } | undefined)?.text);
const path = (name: string) => join(folder, name);
const restore = (file: string, to = "restored", secret: { words: Uint8Array } = { words }) =>
  restoreBackup({ file: path(file), data: path(to), name: to, vault: "file", passphrase: ask, secret });

describe("B5: backup and restore", () => {
  test("everything comes back in a new device that the words admit; no key of the old one is in the file", async () => {
    write("one");
    write("two");
    const made = await createBackup(source, path("b"), undefined);
    expect(made.opens).toEqual(["words"]);
    const { device } = await restore("b");
    const restored = await opened("restored");
    expect(texts(restored)).toEqual(["one", "two"]);
    expect(device).not.toContain(toHex(source.device.self));
    expect(sameBytes(restored.device.self, source.device.self)).toBe(false);
    expect(standingOf(restored.device.account, restored.device.self)?.state).toBe("admitted");
    expect(standingOf(restored.device.account, source.device.self)?.state).toBe("admitted");
    const keys = (sql: BackupSource["sql"]) => sql.get<{ value: Uint8Array }>("select value from profile where key = 'device-seed'")?.value;
    expect(keys(restored.sql)).not.toEqual(keys(source.sql));
    // It writes in feeds of its own from the start.
    write("three", restored);
    expect(texts(restored)).toEqual(["one", "two", "three"]);
  });

  test("made while entries keep coming: the copy is whole, has all from before, and a prefix of what came meanwhile", async () => {
    for (let i = 0; i < 300; i++) write(`before ${i} ${"x".repeat(2000)}`);
    let writing = true;
    const busy = (async () => {
      for (let i = 0; writing; i++) {
        write(`meanwhile ${i}`);
        await sleep(0);
      }
    })();
    await createBackup(source, path("b"), undefined);
    writing = false;
    await busy;
    await restore("b");
    const restored = await opened("restored");
    expect(restored.sql.get("pragma integrity_check")).toEqual({ integrity_check: "ok" });
    const [all, copy] = [texts(source), texts(restored)];
    expect(copy.length).toBeGreaterThanOrEqual(300);
    expect(copy).toEqual(all.slice(0, copy.length));
    expect(existsSync(path("home/backup.tmp"))).toBe(false);
  });

  test("E2: what was deleted before is not in it, and what is deleted later is not in later ones", async () => {
    const entry = write("a secret to be gone");
    write("to stay");
    source.device.transact((writer) => writer.erase([entry.row]));
    await createBackup(source, path("b"), undefined);
    await restore("b");
    const restored = await opened("restored");
    expect(texts(restored)).toEqual([undefined, "to stay"]);
  });

  test("a login stays off where its backup was restored", async () => {
    source.sql.run("insert into bridge_account (id, network, created, detail) values ('b1', 'irc', 1, x'00')");
    await createBackup(source, path("b"), undefined);
    await restore("b");
    const restored = await opened("restored");
    expect(restored.sql.get("select account, device from bridge_host")).toEqual({ account: "b1", device: Buffer.from(source.device.self) });
  });

  test("damaged, foreign, newer and empty files, other words and a folder in use say so and leave nothing behind", async () => {
    write("text");
    await createBackup(source, path("b"), undefined);
    const bytes = readFileSync(path("b"));
    const changed = Buffer.from(bytes);
    changed[bytes.length - 5000] = (changed[bytes.length - 5000] as number) ^ 1;
    const newer = Buffer.from(bytes);
    newer.write("2", 16);
    const cases: [Buffer, string][] = [
      [bytes.subarray(0, bytes.length - 70_000), "damaged-backup"],
      [changed, "damaged-backup"],
      [Buffer.from("something else".repeat(100)), "not-a-backup"],
      [newer, "newer-backup"],
      [Buffer.alloc(0), "not-a-backup"],
    ];
    for (const [content, code] of cases) {
      writeFileSync(path("bad"), content);
      await expect(restore("bad")).rejects.toMatchObject({ code });
      await expect(verifyBackup(crypto, path("bad"), undefined)).rejects.toMatchObject({ code });
      expect(readdirSync(path("restored"))).toEqual([]);
    }
    const others = async (shown: Uint8Array) => {
      words = shown.slice();
    };
    await initProfile({ data: path("other"), name: "other", vault: "file", passphrase: ask, showRecovery: others });
    await expect(restore("b")).rejects.toMatchObject({ code: "wrong-words" });
    await expect(restore("b", "other")).rejects.toMatchObject({ code: "exists" });
    expect(readdirSync(path("restored"))).toEqual([]);
  });

  test("a database of a later version is refused, and nothing is left behind", async () => {
    source.sql.run("update schema_version set version = 999 where component = 'search'");
    await createBackup(source, path("b"), undefined);
    await expect(restore("b")).rejects.toMatchObject({ code: "newer-schema" });
    expect(readdirSync(path("restored"))).toEqual([]);
  });

  test("with a passphrase as well; and without words or passphrase none is made", async () => {
    const made = await createBackup(source, path("b"), new TextEncoder().encode("pass"));
    expect(made.opens).toEqual(["words", "passphrase"]);
    const verified = await verifyBackup(crypto, path("b"), { passphrase: new TextEncoder().encode("pass") });
    expect(verified).toMatchObject({ opened: true, entries: made.entries });
    await initProfile({ data: path("bare"), name: "bare", vault: "file", passphrase: ask });
    await expect(createBackup(await opened("bare"), path("c"), undefined)).rejects.toMatchObject({ code: "no-recipient" });
    expect(existsSync(path("c"))).toBe(false);
  });

  test("on schedule: only the newest stay, others' files and those with other names are left alone", async () => {
    const backups = new Backups(source, { schedule: "* * * * * *", folder: path("kept"), keep: 2, files: false }, () => undefined);
    try {
      await expect.poll(async () => (await backups.list(undefined)).backups.length, { timeout: 20_000 }).toBe(2);
      const [newest] = (await backups.list(undefined)).backups;
      copyFileSync(newest?.file as string, path("kept/mine.homeport"));
      await expect.poll(() => existsSync(newest?.file as string), { timeout: 20_000 }).toBe(false);
      expect(existsSync(path("kept/mine.homeport"))).toBe(true);
      expect((await backups.list(undefined)).next).toBeGreaterThan(Date.now() - 1000);
    } finally {
      await backups.stop();
    }
  });

  describe("with files", () => {
    const NAME = `${"ab".repeat(32)}-5yc`;
    const content = (seed: number, length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * seed) % 251));

    /** As the file table has it once a file is whole here. */
    function put(name: string, size: number): void {
      const [root] = name.split("-") as [string];
      source.sql.run(
        "insert into file (root, size, state, own, bits, bytes, wanted, used) values (?, ?, 3, 1, null, ?, 0, 0)",
        ...[Buffer.from(root, "hex"), size, size],
      );
    }

    beforeEach(() => mkdirSync(source.files, { recursive: true }));

    test("chunks and trees come back as they were; one that went meanwhile is left out", async () => {
      const gone = `${"cd".repeat(32)}-1`;
      put(NAME, Number.parseInt("5yc", 36));
      put(gone, 1);
      writeFileSync(join(source.files, NAME), content(3, 600_000));
      writeFileSync(join(source.files, `${NAME}.tree`), content(5, 4096));
      const made = await createBackup(source, path("b"), undefined, true);
      expect(made.files).toEqual({ count: 1, bytes: 600_000 });
      await restore("b");
      const files = blobFolder(path("restored"));
      expect(readdirSync(files).sort()).toEqual([NAME, `${NAME}.tree`]);
      expect(readFileSync(join(files, NAME)).equals(content(3, 600_000))).toBe(true);
      expect(readFileSync(join(files, `${NAME}.tree`)).equals(content(5, 4096))).toBe(true);
      expect(readdirSync(path("restored")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    });

    test("a backup that is damaged behind its files leaves nothing of them", async () => {
      put(NAME, Number.parseInt("5yc", 36));
      writeFileSync(join(source.files, NAME), content(3, 600_000));
      writeFileSync(join(source.files, `${NAME}.tree`), content(5, 4096));
      await createBackup(source, path("b"), undefined, true);
      const bytes = readFileSync(path("b"));
      bytes[bytes.length - 100] = (bytes[bytes.length - 100] as number) ^ 1;
      writeFileSync(path("b"), bytes);
      await expect(restore("b")).rejects.toMatchObject({ code: "damaged-backup" });
      expect(readdirSync(path("restored"))).toEqual([]);
    });

    test.each(["file/../../evil", "file-tree/x", `file/${"a".repeat(64)}-/etc`])("a part named %s is refused", async (name) => {
      const taker = new FileTaker(path("taken"));
      await expect(taker.take({ name, size: 1, required: false }, toAsync())).rejects.toMatchObject({ code: "damaged-backup" });
      expect(existsSync(path("taken"))).toBe(false);
    });
  });
});

async function* toAsync(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(1);
}
