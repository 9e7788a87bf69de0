import { DOMAIN } from "../domains.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { MalformedError } from "../errors.ts";
import { decodeNextHeader } from "./next-header.ts";
import type { Crypto } from "../ports.ts";
import { hashBody } from "./body.ts";
import { decodeHeader, follows, type Header, hashHeader } from "./header.ts";

/** Consecutive entries of one feed; the signature is over the id of the last and so covers all of them (B4). */
export interface Run {
  feed: Uint8Array;
  incarnation: Uint8Array;
  entries: { header: Uint8Array; body: Uint8Array | null }[];
  signature: Uint8Array;
}

export interface CheckedEntry {
  header: Header;
  encoded: Uint8Array;
  hash: Uint8Array;
  /** Null where it was erased by the one who sent it. */
  body: Uint8Array | null;
}

/** Where the run continues a feed. */
export interface Anchor {
  seq: number;
  hash: Uint8Array | null;
  hlc: { ms: number; n: number };
}

/**
 * Checks a run without the signature: form, conversation, feed, the hash chain among its entries, rising clocks, and that each
 * body is the one that its header names. Throws `MalformedError`.
 */
export function checkRun(crypto: Crypto, conversation: Uint8Array, run: Run): CheckedEntry[] {
  const checked: CheckedEntry[] = [];
  for (const { header: encoded, body } of run.entries) {
    const before = checked.at(-1);
    const header = (before && decodeNextHeader(encoded, before)) ?? decodeHeader(encoded);
    checkPlace(header, conversation, run, before);
    checkBody(crypto, header, body);
    checked.push({ header, encoded, hash: hashHeader(crypto, encoded), body });
  }
  if (checked.length === 0) throw new MalformedError("an empty run");
  return checked;
}

/** True where the run continues the feed right after `anchor`. Throws `MalformedError` where it claims to and does not. */
export function continues(first: CheckedEntry, anchor: Anchor): boolean {
  if (first.header.seq !== anchor.seq + 1) return false;
  if (anchor.seq === 0) return true;
  if (!anchor.hash || !first.header.prev || !sameBytes(first.header.prev, anchor.hash)) return false;
  if (!follows(first.header, anchor.hlc)) throw new MalformedError("an entry that is not later than the one before it");
  return true;
}

/** B4: by the key that the account names for the feed, which is the feed's own device key. */
export function isCovered(crypto: Crypto, run: Run, checked: readonly CheckedEntry[]): boolean {
  const last = checked.at(-1);
  return last !== undefined && crypto.verify(DOMAIN.entrySignature, last.hash, run.signature, run.feed);
}

function checkPlace(header: Header, conversation: Uint8Array, run: Run, before: CheckedEntry | undefined): void {
  if (!sameBytes(header.conversation, conversation)) throw new MalformedError("an entry of another conversation");
  if (!sameBytes(header.feed, run.feed) || !sameBytes(header.incarnation, run.incarnation))
    throw new MalformedError("an entry of another feed");
  if (!before) return;
  if (header.seq !== before.header.seq + 1 || !header.prev || !sameBytes(header.prev, before.hash))
    throw new MalformedError("a broken chain");
  if (!follows(header, before.header.hlc)) throw new MalformedError("an entry that is not later than the one before it");
}

function checkBody(crypto: Crypto, header: Header, body: Uint8Array | null): void {
  if (body === null) return;
  if (body.length !== header.bodySize || !sameBytes(hashBody(crypto, body), header.bodyHash))
    throw new MalformedError("a body of another entry");
}
