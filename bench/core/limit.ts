/**
 * What the same work costs with the bare libraries, without network: decode, hash chain, one signature a thousand entries,
 * sealed bodies, inserts by integer keys in batches of a thousand. Prints entries a second.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { decode, encode } from "cborg";
import sodium from "libsodium-wrappers-sumo";

const COUNT = Number(process.argv[2]);
const BODY = Number(process.argv[3]);
const BATCH = 1000;

await sodium.ready;
const keys = sodium.crypto_sign_keypair();
const batches: { entries: Uint8Array[]; signature: Uint8Array }[] = [];
let prev = new Uint8Array(32);
for (let first = 1; first <= COUNT; first += BATCH) {
  const entries: Uint8Array[] = [];
  for (let seq = first; seq < first + BATCH; seq++) {
    const entry = encode([1, 7, seq, prev, 1_700_000_000_000 + seq, 0, 2, new Uint8Array(randomBytes(BODY))]);
    entries.push(entry);
    prev = sodium.crypto_generichash(32, entry, null) as Uint8Array<ArrayBuffer>;
  }
  batches.push({ entries, signature: sodium.crypto_sign_detached(prev, keys.privateKey) });
}

const folder = mkdtempSync(join(tmpdir(), "homeport-limit-"));
const database = new Database(join(folder, "limit.db"));
for (const pragma of ["journal_mode = WAL", "synchronous = FULL", "locking_mode = EXCLUSIVE"]) database.pragma(pragma);
database.exec(`create table entry (row integer primary key, conversation integer, feed integer, seq integer, ms integer, n integer, kind integer,
  body blob, unique (feed, seq)); create index entry_view on entry (conversation, ms, n)`);
const insert = database.prepare("insert into entry (conversation, feed, seq, ms, n, kind, body) values (?, ?, ?, ?, ?, ?, ?)");
const key = sodium.crypto_aead_xchacha20poly1305_ietf_keygen();

const begun = performance.now();
const cpu = process.cpuUsage();
let last = new Uint8Array(32);
for (const { entries, signature } of batches) {
  database.exec("begin immediate");
  const nonces = new Uint8Array(randomBytes(BATCH * 24));
  for (const entry of entries) {
    const [, feed, seq, before, ms, n, kind, body] = decode(entry) as [
      ...[number, number, number, Uint8Array, number, number, number, Uint8Array],
    ];
    if (!sodium.memcmp(before, last)) throw new Error("a broken chain");
    last = sodium.crypto_generichash(32, entry, null) as Uint8Array<ArrayBuffer>;
    const nonce = nonces.subarray((seq % BATCH) * 24, (seq % BATCH) * 24 + 24);
    insert.run(1, feed, seq, ms, n, kind, sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(body, null, null, nonce, key));
  }
  if (!sodium.crypto_sign_verify_detached(signature, last, keys.publicKey)) throw new Error("a bad signature");
  database.exec("commit");
}
const perSecond = (COUNT / (performance.now() - begun)) * 1000;
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(`${JSON.stringify({ perSecond, cpuUs: (user + system) / COUNT })}\n`);
database.close();
rmSync(folder, { recursive: true, force: true });
