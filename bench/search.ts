import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { HandlerContext } from "../src/device/context.ts";
import { searchHandlers } from "../src/device/handlers/search.ts";
import { createSearch, type Search } from "../src/device/search.ts";
import { viewsProjection } from "../src/device/views/projection.ts";
import { systemClock } from "../src/node/clock.ts";
import { openSqlite } from "../src/node/sqlite.ts";
import { createGenesis } from "../src/sync/account/author.ts";
import { KIND } from "../src/sync/content/kinds.ts";
import { createSeedSigner } from "../src/sync/crypto/seed-signer.ts";
import { createRandom, createSodiumCrypto } from "../src/sync/crypto/sodium.ts";
import { Device } from "../src/sync/device.ts";
import { conversationText } from "../src/sync/log/public-id.ts";
import { searchProjection } from "../src/sync/search/projection.ts";
import { peerOf, type Result, summarise } from "./result.ts";

const ENTRIES = Number(process.env.HOMEPORT_BENCH_ENTRIES ?? 1_000_000);
const RUNS = 15;
const BATCH = 1000;
const VOCABULARY = 50_000;
const CONVERSATIONS = 20;
const FACTS = { link: { kind: "none", verified: false, measuredBy: "host" }, source: "live" } as const;

/** Milliseconds until the first 50 hits are there, opened and checked, in a log of so many bridged lines. */
export async function bench(): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "homeport-bench-"));
  try {
    return await measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string): Promise<Result> {
  // The clock of a node keeps no process alive.
  const alive = setInterval(() => undefined, 1000);
  const device = await makeDevice(join(folder, "homeport.db"));
  const plain = plainIndex(join(folder, "plain.db"));
  const words = vocabulary();
  try {
    fill(device, plain, words);
    const begun = performance.now();
    const search = createSearch(device);
    while ((await search.find({ words: "nothing", limit: 1 })).pending > 0);
    const seconds = (performance.now() - begun) / 1000;
    const time = timer(device, search);
    const conversation = conversationText(device.conversations()[3]?.id as Uint8Array);
    const [a, b, c] = [word(words, 0), word(words, 1), word(words, VOCABULARY - 5000)];
    const common = await time({ words: a });
    const theirs = Array.from({ length: RUNS }, () => plain.time(a));
    const cases = {
      rare: await time({ words: c }),
      twoCommon: await time({ words: `${a} ${b}` }),
      commonAndRare: await time({ words: `${a} ${c}` }),
      phrase: await time({ words: `"${a} ${b}"` }),
      prefix: await time({ words: `${c.slice(0, 4)}*` }),
      commonInOneConversation: await time({ words: a, conversation }),
      rareByOneAuthor: await time({ words: c, from: "nick7" }),
      none: await time({ words: "qqqqqqqq" }),
    };
    search.stop();
    return {
      ...{ name: "search", unit: "ms to the first 50 hits of a common word", ...common, entries: ENTRIES, cases },
      indexed: { perSecond: Math.round(ENTRIES / seconds), bytesEach: Math.round(indexBytes(device) / ENTRIES) },
      peers: { "SQLite FTS5 with the texts in the clear": peerOf(common.median, theirs) },
    };
  } finally {
    clearInterval(alive);
    device.close();
    plain.close();
  }
}

async function makeDevice(path: string): Promise<Device> {
  const crypto = await createSodiumCrypto();
  const random = createRandom();
  const signer = createSeedSigner(crypto, random.bytes(32));
  const { op } = await createGenesis(crypto, random, signer, { recovery: null });
  const options = { sql: openSqlite(path), crypto, random, clock: systemClock, signer, dataKey: random.bytes(32), ops: [op] };
  return Device.open({ ...options, projections: [viewsProjection, searchProjection], log: () => undefined });
}

/** The API's handler, as the daemon calls it. */
function timer(device: Device, search: Search) {
  const { search: handler } = searchHandlers({ device, search, board: { liveLabel: () => undefined } } as unknown as HandlerContext);
  const context = { signal: new AbortController().signal, emit: () => Promise.resolve() };
  return async (params: { words: string; conversation?: string; from?: string }) => {
    const samples: number[] = [];
    let hits = 0;
    for (let run = 0; run < RUNS; run++) {
      const begun = performance.now();
      hits = (await handler({ limit: 50, ...params }, context)).hits.length;
      samples.push(performance.now() - begun);
    }
    return { ...summarise(samples), hits };
  };
}

/** The same lines in a table that anybody can read. */
function plainIndex(path: string) {
  const database = new Database(path);
  database.pragma("journal_mode = WAL");
  database.exec("create virtual table line using fts5(text)");
  const insert = database.prepare("insert into line (text) values (?)");
  const newest = database.prepare("select text from line where line match ? order by rowid desc limit 50");
  return {
    addAll: database.transaction((texts: readonly string[]) => {
      for (const text of texts) insert.run(text);
    }),
    time(match: string): number {
      const begun = performance.now();
      newest.all(match);
      return performance.now() - begun;
    },
    close: () => database.close(),
  };
}

function fill(device: Device, plain: ReturnType<typeof plainIndex>, words: readonly string[]): void {
  const account = device.account.account;
  for (let at = 0; at < ENTRIES; at += BATCH) {
    const texts = Array.from({ length: BATCH }, () => Array.from({ length: 3 + Math.floor(chance() * 14) }, () => pick(words)).join(" "));
    plain.addAll(texts);
    device.transact((writer) => {
      const conv = `#channel${(at / BATCH) % CONVERSATIONS}`;
      const { row } = writer.found({ kind: "bridge", account, network: "irc", bridge: "b1", conv });
      texts.forEach((text, n) => {
        const from = { id: `nick${n % 50}!user@host`, name: `nick${n % 50}`, self: false };
        writer.append(row, KIND.bridged, { shape: "text", from, ts: device.now(), text, label: "plaintext", facts: FACTS });
      });
    });
  }
}

/** Words of 3 to 10 letters, some letters more often than others; the first ones are picked most (Zipf). */
function vocabulary(): string[] {
  const letters = "etaoinshrdlucmfwypvbgkqjxz";
  const letter = () => letters[Math.floor(chance() * chance() * letters.length)] ?? "e";
  return Array.from({ length: VOCABULARY }, () => Array.from({ length: 3 + Math.floor(chance() * 8) }, letter).join(""));
}

const pick = (words: readonly string[]): string => word(words, Math.floor(VOCABULARY ** chance()) - 1);
const word = (words: readonly string[], at: number): string => words[at] ?? "word";

let seed = 1;
/** The same numbers in each run. */
function chance(): number {
  seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
  return seed / 0x7fffffff;
}

function indexBytes({ sql }: Device): number {
  return (
    sql.get<{ n: number }>("select sum(pgsize) as n from dbstat where name glob 'search_*' or name glob 'sqlite_autoindex_search_*'")?.n ??
    0
  );
}
