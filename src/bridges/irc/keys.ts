import { createHash } from "node:crypto";

/** Foreign ids have at most 512 bytes by the contract; longer ones stand for themselves by their hash. */
const MAX_ID_CHARACTERS = 120;

/** The server's id of a message (tag `msgid`), as it is or hashed. */
export function messageId(msgid: string): string {
  return msgid.length <= MAX_ID_CHARACTERS ? msgid : `sha256:${hash(msgid)}`;
}

/** For what the server gives no id: unique, as the connection's nonce is random, but not known again on another connection. */
export function lineId(nonce: string, line: number): string {
  return `${nonce}:${line}`;
}

/** False for ids that were made here: no server knows them. A server's id that looks like one of them is not used either. */
export function isGiven(id: string): boolean {
  return !/^(sha256:|played:)/.test(id) && !/^[\w-]{12}:\d+$/.test(id) && !id.includes("\0");
}

/** Most likenesses that one playback remembers; a longer one only loses the count of what was said twice. */
const MAX_REMEMBERED = 20_000;

export interface Played {
  conv: string;
  ts: number;
  nick: string;
  text: string;
}

/**
 * Ids of messages that a server plays back without `msgid`: who said what when, and the how-manieth of its like, so that
 * the same playback gives the same ids on each connection.
 */
export class PlaybackIds {
  readonly #seen = new Map<string, number>();

  next({ conv, ts, nick, text }: Played): string {
    const likeness = hash(JSON.stringify([conv, ts, nick, text]));
    const ordinal = this.#seen.get(likeness) ?? 0;
    if (this.#seen.size >= MAX_REMEMBERED) this.#seen.clear();
    this.#seen.set(likeness, ordinal + 1);
    return `played:${likeness}:${ordinal}`;
  }
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
