import type { Reader, StoredEntry } from "../core.ts";
import { toHex } from "../encoding/bytes.ts";
import type { Clock } from "../ports.ts";
import type { Indexer, IndexerOptions, Searchable } from "./indexer.ts";
import { matchNames, matchText, type Range } from "./match.ts";
import { parseQuery } from "./query.ts";
import { tokenize } from "./tokenize.ts";
import { docsOf } from "./word-index.ts";

export interface SearchRequest {
  /** As `parseQuery` takes it. */
  words: string;
  /** Row of a conversation. */
  conversation?: number | undefined;
  /** Who said it: words of a name, or keys of own devices. */
  from?: { name: string; devices: readonly Uint8Array[] } | undefined;
  /** Milliseconds since 1970: not before, and before. */
  since?: number | undefined;
  until?: number | undefined;
  limit: number;
  /** `next` of an earlier answer of this device. */
  below?: number | undefined;
}

export interface Hit {
  entry: StoredEntry;
  /** Where the words stand in the text. */
  matches: Range[];
}

export interface SearchAnswer {
  /** Newest first. */
  hits: Hit[];
  /** Where to go on; undefined at the end. */
  next: number | undefined;
  /** Entries that are not in the index yet: hits among them are missing. 0 where the answer is complete. */
  pending: number;
}

/** Candidates that are opened and checked for one answer, so that a phrase of common words keeps nobody waiting. */
const MAX_CHECKED = 2000;
const PAGE = 100;
/** UTF-16 code units of text in one answer; one text always fits. */
const MAX_TEXTS = 1 << 20;
/** So long an answer waits for the index. In milliseconds. */
const PATIENCE_MS = 1000;

/** Entries with all of the words, found by their hashes and checked against their text. Rejects with `bad-query`. */
export async function search(indexer: Indexer, options: IndexerOptions, request: SearchRequest): Promise<SearchAnswer> {
  const pending = await catchUp(indexer, options.clock);
  return { ...page(indexer, options, request), pending };
}

/** What is left to be indexed when the patience is at its end. */
async function catchUp(indexer: Indexer, clock: Clock): Promise<number> {
  const begun = clock.now();
  while (indexer.pending() > 0 && indexer.step()) {
    if (clock.now() - begun >= PATIENCE_MS) return indexer.pending();
    await new Promise<void>((resolve) => clock.after(0, resolve));
  }
  return 0;
}

function page(indexer: Indexer, options: IndexerOptions, request: SearchRequest): Omit<SearchAnswer, "pending"> {
  const { core } = options;
  const check = checker(core, options, request);
  const match = expression(indexer, core, request);
  if (match === undefined) return { hits: [], next: undefined };
  const from = request.since === undefined ? 0 : docsOf(request.since).first;
  let below = Math.min(
    request.below ?? Number.MAX_SAFE_INTEGER,
    request.until === undefined ? Number.MAX_SAFE_INTEGER : docsOf(request.until).first,
  );
  const hits: Hit[] = [];
  let size = 0;
  for (let checked = 0; checked < MAX_CHECKED; ) {
    const limit = Math.min(PAGE, Math.max(request.limit - hits.length, 1));
    const candidates = indexer.index.find(match, { from, below, limit });
    for (const { doc, entry } of candidates) {
      const found = check(entry);
      below = doc;
      if (!found) continue;
      hits.push(found.hit);
      size += found.size;
      if (size >= MAX_TEXTS) return { hits, next: below };
    }
    checked += candidates.length;
    if (candidates.length < limit) return { hits, next: undefined };
    if (hits.length >= request.limit) break;
  }
  return { hits, next: below };
}

/** Undefined where nothing can be found. */
function expression({ hasher }: Indexer, reader: Reader, { words, conversation, from }: SearchRequest): string | undefined {
  const terms = parseQuery(words).flatMap((phrase) => hasher.expressions(phrase));
  const within = conversation === undefined ? undefined : reader.conversation(conversation);
  if (within) terms.push(hasher.ofConversation(toHex(within.id)));
  if (from) {
    const named = hasher.ofAuthor([from.name]).join(" AND ");
    const ways = [...from.devices.map((device) => hasher.ofDevice(toHex(device))), ...(named === "" ? [] : [`(${named})`])];
    if (ways.length === 0) return undefined;
    terms.push(`(${ways.join(" OR ")})`);
  }
  return [...new Set(terms)].join(" AND ");
}

/** Opens an entry and sees whether it is what was asked for: hashes may collide, and the index knows of no order of words. */
function checker(
  reader: Reader,
  { searchable }: IndexerOptions,
  request: SearchRequest,
): (row: number) => { hit: Hit; size: number } | undefined {
  const { words, conversation, from } = request;
  const phrases = parseQuery(words);
  const name = from && tokenize(from.name).map(({ term }) => term);
  const isAuthor = (entry: StoredEntry, { authors }: Searchable) =>
    !from ||
    !name ||
    (authors.length === 0
      ? from.devices.some((device) => toHex(device) === toHex(entry.feed))
      : name.length > 0 && matchNames(name, authors));
  return (row) => {
    const entry = reader.entry(row);
    if (!entry || (conversation !== undefined && entry.conversationRow !== conversation) || !isShown(reader, row)) return undefined;
    const found = searchable(reader, entry);
    const matches = found && isAuthor(entry, found) ? matchText(phrases, found.text) : undefined;
    return matches && { hit: { entry, matches }, size: found?.text.length ?? 0 };
  };
}

/** What waits for its parents or was withdrawn is in the index and in no view. */
const isShown = (reader: Reader, row: number): boolean =>
  reader.sql.get("select 1 from entry where row = ? and shown = 1", row) !== undefined;
