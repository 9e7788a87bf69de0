import type { Device } from "../sync/device.ts";
import { Indexer, type IndexerOptions } from "../sync/search/indexer.ts";
import { search, type SearchAnswer, type SearchRequest } from "../sync/search/search.ts";
import { SEARCHABLE_KINDS, searchable } from "./views/searchable.ts";

/** Finds messages of a device by their words. */
export interface Search {
  /** Rejects with `bad-query`. */
  find(request: SearchRequest): Promise<SearchAnswer>;
  stop(): void;
}

/** Starts to index in the background what is not in the index yet. */
export function createSearch(device: Device): Search {
  const { crypto, random, clock, log } = device;
  const options: IndexerOptions = { core: device, crypto, random, clock, log, kinds: SEARCHABLE_KINDS, searchable };
  const indexer = new Indexer(options);
  return { find: (request) => search(indexer, options, request), stop: () => indexer.stop() };
}
