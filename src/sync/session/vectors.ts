import { sameBytes } from "../encoding/bytes.ts";
import { MalformedError } from "../errors.ts";
import { digestOf, type Position } from "../log/vector.ts";
import type { Crypto } from "../ports.ts";

/** Part of the format: a vector falls into so many parts, by the first byte of each incarnation, which is random. */
export const PARTS = 64;
/** Part of the format: bytes of the digest of one part. */
export const PART_DIGEST = 8;
/** Part of the format: a set of parts, one bit each, the first part in the highest bit of the first byte. */
export const PART_SET = PARTS / 8;

/** A vector that is not longer is said as a whole. */
const SHORT = 64;
/** Positions in one frame, about; a part is never divided. */
const MOST_POSITIONS = 4000;
/** Feeds of one conversation above which a peer is not believed. */
const MAX_FEEDS = 1 << 18;

/** What is said of a conversation first (B6). */
export interface Summary {
  digest: Uint8Array;
  /** One digest for each part; absent for a short vector. */
  parts?: Uint8Array | undefined;
}

/** A piece of a vector: these parts of it are here, and those others are the same as in the peer's summary of that digest. */
export interface VectorPiece {
  base: Uint8Array;
  same: Uint8Array;
  parts: Uint8Array;
  positions: Position[];
}

const NO_BASE = new Uint8Array(16);

/**
 * B6: what two devices hold of a conversation, said in few bytes where it has thousands of feeds: digests first, then only the
 * parts that differ. One for each session; by row of the conversation.
 */
export class VectorExchange {
  readonly #crypto: Crypto;
  readonly #vector: (conversation: number) => Position[];
  /** What this side said last: a peer's `same` refers to it. */
  readonly #told = new Map<number, { digest: Uint8Array; parts: Position[][] }>();
  readonly #heard = new Map<number, { digest: Uint8Array; parts: Uint8Array }>();
  readonly #gathered = new Map<number, { known: Uint8Array; positions: Position[] }>();

  constructor(crypto: Crypto, vector: (conversation: number) => Position[]) {
    this.#crypto = crypto;
    this.#vector = vector;
  }

  /** To be sent at once: what the peer says next may build on it. */
  summary(conversation: number): Summary {
    const positions = this.#vector(conversation);
    const digest = digestOf(this.#crypto, positions);
    if (positions.length <= SHORT) return { digest };
    const parts = divide(positions);
    this.#told.set(conversation, { digest, parts });
    return { digest, parts: this.#digests(parts) };
  }

  heard(conversation: number, { digest, parts }: Summary): void {
    if (parts) this.#heard.set(conversation, { digest, parts });
  }

  /** The own vector as it is now: the whole, or pieces that together cover all parts. */
  pieces(conversation: number): Position[] | VectorPiece[] {
    const positions = this.#vector(conversation);
    const heard = this.#heard.get(conversation);
    if (positions.length <= SHORT || (!heard && positions.length <= MOST_POSITIONS)) return positions;
    const parts = divide(positions);
    const same = new Uint8Array(PART_SET);
    if (heard) markSame(same, this.#digests(parts), heard.parts);
    return piecesOf(parts, same, heard?.digest ?? NO_BASE);
  }

  /**
   * The peer's vector once all parts of it are known. `again`: it builds on a summary that is not the last one any more; the peer
   * needs a new one. Throws `MalformedError`.
   */
  gather(conversation: number, { base, same, parts, positions }: VectorPiece): Position[] | "again" | undefined {
    const told = this.#told.get(conversation);
    if (!isEmpty(same) && !(told && sameBytes(told.digest, base))) {
      this.#gathered.delete(conversation);
      return "again";
    }
    if (positions.some((position) => !has(parts, partOf(position)))) throw new MalformedError("a position of another part");
    const known = this.#gathered.get(conversation);
    // What overlaps is the beginning of another vector.
    const gathered = known && !overlaps(known.known, same, parts) ? known : { known: new Uint8Array(PART_SET), positions: [] };
    this.#gathered.set(conversation, gathered);
    for (let part = 0; part < PARTS; part++) {
      if (has(same, part)) gathered.positions.push(...(told?.parts[part] ?? []));
      if (has(same, part) || has(parts, part)) add(gathered.known, part);
    }
    for (const position of positions) gathered.positions.push(position);
    if (gathered.positions.length > MAX_FEEDS) throw new MalformedError("too many feeds in one conversation");
    if (gathered.known.some((byte) => byte !== 0xff)) return undefined;
    this.#gathered.delete(conversation);
    return gathered.positions;
  }

  #digests(parts: readonly Position[][]): Uint8Array {
    const digests = new Uint8Array(PARTS * PART_DIGEST);
    parts.forEach((positions, part) => {
      digests.set(digestOf(this.#crypto, positions).subarray(0, PART_DIGEST), part * PART_DIGEST);
    });
    return digests;
  }
}

export function isWhole(said: readonly Position[] | readonly VectorPiece[]): said is Position[] {
  const [first] = said;
  return first === undefined || "seq" in first;
}

const partOf = ({ incarnation }: Position): number => (incarnation[0] as number) % PARTS;

function divide(positions: readonly Position[]): Position[][] {
  const parts: Position[][] = Array.from({ length: PARTS }, () => []);
  for (const position of positions) parts[partOf(position)]?.push(position);
  return parts;
}

function markSame(same: Uint8Array, own: Uint8Array, theirs: Uint8Array): void {
  for (let part = 0; part < PARTS; part++) {
    const [from, to] = [part * PART_DIGEST, (part + 1) * PART_DIGEST];
    if (sameBytes(own.subarray(from, to), theirs.subarray(from, to))) add(same, part);
  }
}

/** What is the same is said with the first of them. */
function piecesOf(parts: readonly Position[][], same: Uint8Array, base: Uint8Array): VectorPiece[] {
  const none = () => new Uint8Array(PART_SET);
  const pieces: VectorPiece[] = [{ base, same, parts: none(), positions: [] }];
  parts.forEach((positions, part) => {
    if (has(same, part)) return;
    let last = pieces.at(-1) as VectorPiece;
    if (last.positions.length > 0 && last.positions.length + positions.length > MOST_POSITIONS) {
      last = { base, same: none(), parts: none(), positions: [] };
      pieces.push(last);
    }
    add(last.parts, part);
    last.positions.push(...positions);
  });
  return pieces;
}

const has = (set: Uint8Array, part: number): boolean => ((set[part >> 3] as number) & (0x80 >> (part & 7))) !== 0;

function add(set: Uint8Array, part: number): void {
  set[part >> 3] = (set[part >> 3] as number) | (0x80 >> (part & 7));
}

const isEmpty = (set: Uint8Array): boolean => set.every((byte) => byte === 0);

const overlaps = (known: Uint8Array, ...sets: Uint8Array[]): boolean =>
  known.some((byte, i) => sets.some((set) => (byte & (set[i] as number)) !== 0));
