import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSearch, type Search } from "../../../src/device/search.ts";
import type { StoredEntry } from "../../../src/sync/core.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import { SEARCHABLE_KINDS, searchable } from "../../../src/device/views/searchable.ts";
import { Indexer } from "../../../src/sync/search/indexer.ts";
import { search as findIn, type SearchRequest } from "../../../src/sync/search/search.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";

let network: SimNetwork;
let home: SimDevice;
let search: Search;

beforeEach(async () => {
  network = await SimNetwork.create(5, ["home", "phone"]);
  home = network.devices[0] as SimDevice;
  search = createSearch(home.device);
});
afterEach(() => search.stop());

const textOf = (row: number) => (home.device.body(row) as { text: string }).text;

/** Time goes on only where it is told to. */
async function answer(request: Partial<SearchRequest> & { words: string }) {
  const found = search.find({ limit: 50, ...request });
  await network.world.run(10);
  return found;
}
const find = async (words: string, more: Partial<SearchRequest> = {}) =>
  (await answer({ words, ...more })).hits.map(({ entry }) => textOf(entry.row));

function bridged(conv: string, lines: { text: string; name?: string; ts?: number }[]): { conversation: number; rows: number[] } {
  return home.device.transact((writer) => {
    const founding = { kind: "bridge", account: writer.account.account, network: "irc", bridge: "b1", conv } as const;
    const { row } = writer.found(founding);
    const rows = lines.map(({ text, name = "ann", ts }) => {
      const body = { shape: "text", from: { id: `${name}!u@h`, name, self: false }, ts: ts ?? writer.now(), text };
      const facts = { link: { kind: "none", verified: false, measuredBy: "host" }, source: "live" };
      return writer.append(row, KIND.bridged, { ...body, ...(ts === undefined ? {} : { placed: true }), label: "plaintext", facts }).row;
    });
    return { conversation: row, rows };
  });
}

/** Whether the database holds the hash of a word: what E2 takes away must be gone from the file. */
function bytesOf(sql: SimDevice["sql"]): number {
  return sql.get<{ n: number }>("select sum(length(block)) as n from search_word_data")?.n ?? 0;
}

describe("R2: search", () => {
  test("finds all words, newest first, with their places", async () => {
    for (const text of ["green tea", "black tea", "Tea, très GREEN"]) home.write(text);
    expect(await find("green tea")).toEqual(["Tea, très GREEN", "green tea"]);
    const { hits, pending } = await answer({ words: "tres green" });
    expect(hits.map(({ matches }) => matches)).toEqual([
      [
        { start: 5, end: 9 },
        { start: 10, end: 15 },
      ],
    ]);
    expect(pending).toBe(0);
  });

  test("nothing readable is in its tables", async () => {
    home.write("supercalifragilistic");
    expect(await find("supercali*")).toHaveLength(1);
    expect(home.sql.image().includes("supercali")).toBe(false);
  });

  test("within a conversation, by an author, by an own device, in a time", async () => {
    home.write("a word of mine");
    const { conversation } = bridged("#one", [{ text: "a word of ann's" }, { text: "a word of bob's", name: "Bob_1" }]);
    bridged("#two", [{ text: "another word of ann's" }]);
    expect(await find("word", { conversation })).toEqual(["a word of bob's", "a word of ann's"]);
    expect(await find("word", { from: { name: "bob", devices: [] } })).toEqual(["a word of bob's"]);
    expect(await find("word", { from: { name: "me", devices: [home.key] } })).toEqual(["a word of mine"]);
    expect(await find("word", { from: { name: "…", devices: [] } })).toEqual([]);
    expect(await find("word", { until: network.world.now - 1000 })).toEqual([]);
    expect(await find("word", { since: network.world.now - 1000 })).toHaveLength(4);
  });

  test("the newest by the time of the view, not by arrival; pages go on without gap or repetition", async () => {
    const ts = network.world.now - 1_000_000;
    bridged(
      "#one",
      Array.from({ length: 120 }, (_, n) => ({ text: `old line ${n}`, ts: ts + n * 1000 })),
    );
    home.write("new line");
    bridged(
      "#two",
      Array.from({ length: 30 }, (_, n) => ({ text: `same line ${n}`, ts: ts - 5000 })),
    );
    const all: string[] = [];
    let below: number | undefined;
    do {
      const { hits, next } = await answer({ words: "line", limit: 7, below });
      all.push(...hits.map(({ entry }) => textOf(entry.row)));
      below = next;
    } while (below !== undefined);
    expect(all.slice(0, 3)).toEqual(["new line", "old line 119", "old line 118"]);
    expect(new Set(all).size).toBe(151);
    expect(all.slice(-30).every((text) => text.startsWith("same"))).toBe(true);
  });

  test("what the index has not reached when the patience ends is said", async () => {
    search.stop();
    bridged(
      "#one",
      Array.from({ length: 700 }, (_, n) => ({ text: `line number ${n}` })),
    );
    const { device } = home;
    let time = 0;
    const clock = { now: () => (time += 400), after: (ms: number, run: () => void) => home.clock.after(ms, run) };
    const { crypto, random, log } = device;
    const options = { core: device, crypto, random, clock, log, kinds: SEARCHABLE_KINDS, searchable };
    const indexer = new Indexer(options);
    const early = findIn(indexer, options, { words: "line", limit: 1 });
    await network.world.run(1);
    expect((await early).pending).toBeGreaterThan(0);
    for (let i = 0; i < 30; i++) await network.world.run(1000);
    expect(indexer.pending()).toBe(0);
    indexer.stop();
  });

  test("goes on where it was after a restart, and is made anew where texts were taken apart otherwise", async () => {
    home.write("green tea");
    expect(await find("tea")).toEqual(["green tea"]);
    search.stop();
    home.sql.run(
      "update search_state set tokenizer = ?",
      home.device.seal("search_state", "1", "tokenizer", new TextEncoder().encode("other")),
    );
    home.write("black tea");
    search = createSearch(home.device);
    expect(await find("tea")).toEqual(["black tea", "green tea"]);
  });

  test("an edited message is found by its newest text, and no more by the old one", async () => {
    home.write("green tea");
    expect(await find("green")).toHaveLength(1);
    const row = home.sql.get<{ row: number }>("select max(row) as row from entry where kind = ?", KIND.text)?.row as number;
    const { feed, incarnation: inc, seq } = home.device.entry(row) as StoredEntry;
    home.device.transact((writer) =>
      writer.append(home.device.ownLog.row, KIND.edit, { target: { feed, inc, seq }, text: "black coffee" }),
    );
    expect((await answer({ words: "coffee" })).hits.map(({ entry }) => entry.row)).toEqual([row]);
    expect(await find("green")).toEqual([]);
  });

  test("E2: what was erased is not found, and its hashes leave the file", async () => {
    const { rows } = bridged(
      "#one",
      Array.from({ length: 300 }, (_, n) => ({ text: `common word${n} ${"x".repeat(n % 40)}` })),
    );
    expect(await find("word7")).toHaveLength(1);
    const before = bytesOf(home.sql);
    home.device.transact((writer) => writer.erase(rows.slice(0, 290)));
    expect(await find("word7")).toEqual([]);
    expect(await find("word295")).toHaveLength(1);
    for (let i = 0; i < 40; i++) await network.world.run(1000);
    expect(home.sql.get("select purge from search_state")).toEqual({ purge: 0 });
    expect(bytesOf(home.sql)).toBeLessThan(before / 5);
    expect(await find("word295")).toHaveLength(1);
  });

  test("E2: what is erased before it was indexed never gets in", async () => {
    const { rows } = bridged("#one", [{ text: "secret plan" }]);
    home.device.transact((writer) => writer.erase(rows));
    expect(await find("secret")).toEqual([]);
  });

  test("what waits for its parents is in no answer", async () => {
    home.write("shown once");
    const row = home.sql.get<{ row: number }>("select max(row) as row from entry")?.row as number;
    expect(await find("shown")).toHaveLength(1);
    home.sql.run("update entry set shown = 0 where row = ?", row);
    expect(await find("shown")).toEqual([]);
  });

  test("a word of another text with the same hash is no hit: hits are checked against the text", async () => {
    home.write("tea");
    home.write("milk");
    expect(await find("tea")).toHaveLength(1);
    // As if both words had one hash: the index says that milk is tea.
    const docs = home.sql.all<{ doc: number; entry: number }>("select doc, entry from search_doc order by doc");
    home.sql.run("update search_doc set entry = -1 where doc = ?", docs[0]?.doc as number);
    home.sql.run("update search_doc set entry = ? where doc = ?", docs[0]?.entry as number, docs[1]?.doc as number);
    expect(await find("milk")).toEqual([]);
  });
});
