import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { backupKeypair, isBackupKey, makeBackupKey } from "../../../src/sync/backup/backup-key.ts";
import { ChunkOpener, ChunkSealer, firstDigest, nextDigest } from "../../../src/sync/backup/chunks.ts";
import { checkHead, decodeHead, encodeHead } from "../../../src/sync/backup/header.ts";
import { decodeManifest } from "../../../src/sync/backup/manifest.ts";
import { PartReader } from "../../../src/sync/backup/parts.ts";
import { openByPassphrase, openByWords } from "../../../src/sync/backup/recipients.ts";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { fromHex, toHex, utf8 } from "../../../src/sync/encoding/bytes.ts";
import { DOMAIN } from "../../../src/sync/domains.ts";

const crypto = await createSodiumCrypto();
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "vectors", "backup.json"), "utf8"));
const [account, fileKey, head] = [vectors.account, vectors.fileKey, vectors.head.encoded].map(fromHex) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

test("the key for backups follows from the recovery words, and is signed by them", () => {
  const entropy = fromHex(vectors.entropy);
  const key = makeBackupKey(crypto, account, entropy);
  const { boxSecret, ...expected } = vectors.backupKey;
  expect(Object.fromEntries(Object.entries(key).map(([name, bytes]) => [name, toHex(bytes as Uint8Array)]))).toEqual(expected);
  expect(toHex(backupKeypair(crypto, entropy).secretKey)).toBe(boxSecret);
  expect(isBackupKey(crypto, account, key)).toBe(true);
});

test("the head opens with the words and with the passphrase, and is written as it was", () => {
  const header = decodeHead(head);
  expect(header).toMatchObject({ created: vectors.head.created, account });
  expect(openByWords(crypto, header.recipients, backupKeypair(crypto, fromHex(vectors.entropy)))).toEqual(fileKey);
  expect(openByPassphrase(crypto, header.recipients, utf8(vectors.passphrase.text))).toEqual(fileKey);
  expect(toHex(encodeHead(crypto, fileKey, header))).toBe(vectors.head.encoded);
  expect(() => checkHead(crypto, fileKey, head)).not.toThrow();
});

test("chunks are sealed in their order and place, and the digest covers all of them", async () => {
  const { zeros, firstHash, content, last, digest } = vectors.chunks;
  const sealer = new ChunkSealer(crypto, fileKey, head);
  const first = sealer.seal(new Uint8Array(zeros), false);
  expect(toHex(crypto.hash(DOMAIN.backupDigest, first))).toBe(firstHash);
  expect(toHex(sealer.seal(fromHex(content), true))).toBe(last);
  expect(toHex(sealer.end())).toBe(digest);
  expect(toHex(nextDigest(crypto, nextDigest(crypto, firstDigest(crypto, head), first), fromHex(last)))).toBe(digest);
  const opener = new ChunkOpener(crypto, fileKey, head);
  opener.open(first, false);
  const opened = opener.open(fromHex(last), true);
  const reader = new PartReader(
    (async function* () {
      yield opened;
    })(),
  );
  expect(await reader.next()).toMatchObject({ name: "manifest", required: true });
  const pieces: Uint8Array[] = [];
  for await (const piece of reader.bytes()) pieces.push(piece.slice());
  expect(decodeManifest(Buffer.concat(pieces))).toMatchObject({ entries: 3, schema: { core: 1, profile: 1 } });
  expect(await reader.next()).toBeUndefined();
});
