import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRecoveryEntropy } from "../../../src/sync/account/recovery-key.ts";
import { backupKeypair, isBackupKey, makeBackupKey } from "../../../src/sync/backup/backup-key.ts";
import { CHUNK, ChunkOpener, ChunkSealer } from "../../../src/sync/backup/chunks.ts";
import { encodeManifest } from "../../../src/sync/backup/manifest.ts";
import { forPassphrase, forWords, openByPassphrase, openByWords } from "../../../src/sync/backup/recipients.ts";
import { createRandom, createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { utf8 } from "../../../src/sync/encoding/bytes.ts";
import type { Crypto } from "../../../src/sync/ports.ts";
import { readContents } from "../../../src/node/backup/contents.ts";
import { openBackup } from "../../../src/node/backup/read-file.ts";
import { type Part, writeBackup } from "../../../src/node/backup/write-file.ts";

const CHEAP = { ops: 1, memory: 8192 };
const random = createRandom();
const account = random.bytes(32);
const fileKey = random.bytes(32);
let crypto: Crypto;
let folder: string;
let count = 0;

beforeAll(async () => {
  crypto = await createSodiumCrypto();
  folder = mkdtempSync(join(tmpdir(), "homeport-backup-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const part = (name: string, content: Uint8Array, required = true): Part => ({
  ...{ name, size: content.length, required },
  async *bytes() {
    // In pieces of any size.
    for (let at = 0; at < content.length; at += 70_001) yield content.subarray(at, at + 70_001);
  },
});

const manifest = () => encodeManifest({ program: "0", device: random.bytes(32), account, created: 7, entries: 3, schema: { core: 1 } });

async function written(parts: readonly Part[]): Promise<string> {
  const path = join(folder, `${count++}.homeport`);
  const recipients = [forPassphrase(crypto, random, utf8("pass"), fileKey, CHEAP)];
  const size = await writeBackup(crypto, path, { header: { created: 7, account, recipients }, fileKey, parts });
  expect(size).toBe(readFileSync(path).length);
  return path;
}

/** The database that comes out, once all was authentic. */
async function read(path: string, key = fileKey): Promise<Buffer> {
  const file = await openBackup(crypto, path);
  try {
    const contents = await readContents(file.parts(key));
    const pieces: Uint8Array[] = [];
    await contents.database(async (bytes) => {
      for await (const piece of bytes) pieces.push(piece.slice());
    });
    return Buffer.concat(pieces);
  } finally {
    await file.close();
  }
}

const whole = (database: Uint8Array, ...more: Part[]) => [
  part("manifest", manifest()),
  part("data-key", random.bytes(32)),
  part("database", database),
  ...more,
];

async function checked(path: string): Promise<void> {
  const file = await openBackup(crypto, path);
  try {
    await file.checkDigest();
  } finally {
    await file.close();
  }
}

describe("the container of a backup", () => {
  test.each([0, 1, CHUNK - 200, CHUNK, 3 * CHUNK, 5 * CHUNK + 17])("%i bytes come out as they went in", async (size) => {
    const database = random.bytes(size);
    const path = await written(whole(database));
    expect((await read(path)).equals(database)).toBe(true);
    await checked(path);
  });

  test("any changed byte is found: by the key, and without it too", async () => {
    const path = await written(whole(random.bytes(2 * CHUNK)));
    const bytes = readFileSync(path);
    for (const at of [0, 20, 30, 60, 150, 1000, CHUNK + 500, bytes.length - 40, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 4;
      writeFileSync(join(folder, "changed"), changed);
      const failed = expect.objectContaining({ code: expect.stringMatching(/^(damaged|newer|not-a)/) });
      await expect(checked(join(folder, "changed"))).rejects.toEqual(failed);
      // The digest at the end is for those without a key; the chunks before it say all.
      if (at < bytes.length - 32) await expect(read(join(folder, "changed"))).rejects.toEqual(failed);
    }
  });

  test("chunks left out, doubled, exchanged or cut off are found, wherever the cut is", async () => {
    const path = await written(whole(random.bytes(4 * CHUNK)));
    const bytes = readFileSync(path);
    const head = bytes.length - 32 - (4 * (CHUNK + 16) + ((bytes.length - 32) % (CHUNK + 16)));
    const start = Math.max(head, 0);
    const sealed = CHUNK + 16;
    const versions = [
      Buffer.concat([bytes.subarray(0, start + sealed), bytes.subarray(start + 2 * sealed)]),
      Buffer.concat([bytes.subarray(0, start + sealed), bytes.subarray(start, start + sealed), bytes.subarray(start + sealed)]),
      bytes.subarray(0, start + 2 * sealed),
      bytes.subarray(0, start + 2 * sealed + 32),
      bytes.subarray(0, 100),
      bytes.subarray(0, 10),
      Buffer.concat([bytes, Buffer.alloc(100)]),
    ];
    for (const version of versions) {
      writeFileSync(join(folder, "cut"), version);
      await expect(read(join(folder, "cut"))).rejects.toMatchObject({ code: expect.stringMatching(/^(damaged-backup|not-a-backup)$/) });
    }
  });

  test("another key, another passphrase and other words do not open it", async () => {
    const path = await written(whole(random.bytes(10)));
    await expect(read(path, random.bytes(32))).rejects.toMatchObject({ code: "damaged-backup" });
    const file = await openBackup(crypto, path);
    await file.close();
    const { recipients } = file.header;
    expect(openByPassphrase(crypto, recipients, utf8("pass"))).toEqual(fileKey);
    expect(() => openByPassphrase(crypto, recipients, utf8("word"))).toThrow(expect.objectContaining({ code: "wrong-passphrase" }));
    const words = [forWords(crypto, backupKeypair(crypto, createRecoveryEntropy(random)).publicKey, fileKey)];
    const other = backupKeypair(crypto, createRecoveryEntropy(random));
    expect(() => openByWords(crypto, words, other)).toThrow(expect.objectContaining({ code: "wrong-words" }));
  });

  test("a part of a later version is passed over where it may be, and refused where it must not", async () => {
    const database = random.bytes(100);
    expect((await read(await written(whole(database, part("later", random.bytes(200_000), false))))).equals(database)).toBe(true);
    await expect(read(await written(whole(database, part("later", random.bytes(10)))))).rejects.toMatchObject({ code: "newer-backup" });
  });

  test("a part that is shorter or longer than it said makes no backup", async () => {
    const wrong: Part = { ...part("database", random.bytes(100)), size: 200 };
    await expect(written([part("manifest", manifest()), wrong])).rejects.toMatchObject({ code: "backup-failed" });
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("a file that is there is never replaced", async () => {
    const path = await written(whole(random.bytes(10)));
    const options = { header: { created: 1, account, recipients: [] }, fileKey, parts: [] };
    await expect(writeBackup(crypto, path, options)).rejects.toMatchObject({ code: "exists" });
    expect(await read(path)).toHaveLength(10);
  });

  test("nonces never repeat, and the last chunk is not like another", () => {
    const head = utf8("head");
    const sealer = new ChunkSealer(crypto, fileKey, head);
    const [a, b] = [sealer.seal(new Uint8Array(CHUNK), false), sealer.seal(new Uint8Array(CHUNK), false)];
    expect(a).not.toEqual(b);
    const opener = new ChunkOpener(crypto, fileKey, head);
    expect(() => opener.open(a, true)).toThrow(expect.objectContaining({ code: "damaged-backup" }));
  });
});

describe("the key for which backups are made", () => {
  test("is signed by the recovery key for one account, and bound to it", () => {
    const entropy = createRecoveryEntropy(random);
    const key = makeBackupKey(crypto, account, entropy);
    expect(isBackupKey(crypto, account, key)).toBe(true);
    expect(isBackupKey(crypto, random.bytes(32), key)).toBe(false);
    const stolen = makeBackupKey(crypto, account, createRecoveryEntropy(random));
    expect(isBackupKey(crypto, account, { ...key, box: stolen.box })).toBe(false);
  });
});
