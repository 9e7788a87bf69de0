import { type BranchBody, type ForkBody, TAIL_FIELDS } from "../content/fork.ts";
import { compareBytes, sameBytes } from "../encoding/bytes.ts";
import { type Cbor, decodeCbor, encodeCbor, isList } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import { HEADER_VERSION, hashHeader } from "../log/header.ts";
import { type CheckedEntry, checkRun, isCovered } from "../log/run.ts";
import type { Crypto } from "../ports.ts";

/** What one proof may take of an entry. An honest device signs far more often than this asks for. */
const MAX_PROOF = 192 * 1024;
/** Where the account head stands in the fields that are told of a header. */
const ACCOUNT_HEAD = 3;

/** A feed, and from where on it cannot be believed. */
export interface ForkedFeed {
  conversation: Uint8Array;
  device: Uint8Array;
  incarnation: Uint8Array;
  /** The first place at which there are two entries. */
  seq: number;
}

/** Encoded headers from where the feed parts up to a signature, which covers them (B4). */
export interface Branch {
  headers: readonly Uint8Array[];
  signature: Uint8Array;
}

/**
 * B5: where the two branches part. That both follow the same entry leaves one place only, whoever made the proof. Throws
 * `MalformedError` where it proves nothing.
 */
export function checkProof(crypto: Crypto, body: ForkBody): ForkedFeed {
  const [a, b] = body.branches.map((branch) => checkBranch(crypto, body, branch)) as [CheckedEntry, CheckedEntry];
  if (compareBytes(a.hash, b.hash) >= 0) throw new MalformedError("branches that are one, or out of order");
  return { conversation: body.conversation, device: body.feed, incarnation: body.inc, seq: body.seq };
}

/** The body of an entry that passes the proof on; undefined where it is too large for one. `prev`: id of the entry before the fork. */
export function proofBody(
  crypto: Crypto,
  { conversation, device, incarnation, seq }: ForkedFeed,
  prev: Uint8Array | null,
  branches: readonly [Branch, Branch],
): Cbor | undefined {
  const first = ({ headers }: Branch) => hashHeader(crypto, headers[0] as Uint8Array);
  const ordered = [...branches].sort((a, b) => compareBytes(first(a), first(b)));
  const told = ordered.map(({ headers, signature }) => ({ entries: headers.map(tailOf).map(withoutRepetition), signature }));
  const body: Cbor = { conversation, feed: device, inc: incarnation, seq, prev, branches: told };
  return encodeCbor(body).length <= MAX_PROOF ? body : undefined;
}

function tailOf(header: Uint8Array): readonly Cbor[] {
  const fields = decodeCbor(header);
  return isList(fields) ? fields.slice(-TAIL_FIELDS) : [];
}

function withoutRepetition(tail: readonly Cbor[], index: number, tails: readonly (readonly Cbor[])[]): readonly Cbor[] {
  const head = tail[ACCOUNT_HEAD] as Uint8Array;
  const before = tails[index - 1]?.[ACCOUNT_HEAD] as Uint8Array | undefined;
  return before && sameBytes(before, head) ? tail.with(ACCOUNT_HEAD, null) : tail;
}

function checkBranch(crypto: Crypto, body: ForkBody, { entries, signature }: BranchBody): CheckedEntry {
  const { conversation, feed, inc } = body;
  let prev = body.prev;
  let accountHead: Cbor = null;
  const headers = entries.map((tail, index) => {
    accountHead = tail[ACCOUNT_HEAD] ?? accountHead;
    const fields: Cbor = [HEADER_VERSION, conversation, feed, inc, body.seq + index, prev, ...tail.with(ACCOUNT_HEAD, accountHead)];
    const header = encodeCbor(fields);
    prev = hashHeader(crypto, header);
    return { header, body: null };
  });
  const run = { feed, incarnation: inc, signature, entries: headers };
  const checked = checkRun(crypto, conversation, run);
  if (!isCovered(crypto, run, checked)) throw new MalformedError("a branch that its author did not sign");
  return checked[0] as CheckedEntry;
}
