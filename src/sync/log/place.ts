import type { Hlc } from "../core.ts";
import { type Cbor, isList } from "../encoding/cbor.ts";
import { KIND } from "../content/kinds.ts";
import { compareHlc } from "./hlc.ts";

/** Kinds that a conversation shows as lines of their own. */
export function isShown(kind: number): boolean {
  return kind === KIND.text || kind === KIND.bridged;
}

/**
 * B2: what views sort by. Fetched history of a bridge stands at the network's time, but never after the moment when it was
 * fetched; everything else at its hlc. A pure function of the entry, so that all devices agree.
 */
export function placeOfEntry(kind: number, hlc: Hlc, body: Cbor | undefined): Hlc {
  if (kind !== KIND.bridged || body === null || typeof body !== "object" || body instanceof Uint8Array || isList(body)) return hlc;
  const { ts, placed } = body as { ts?: Cbor; placed?: Cbor };
  if (placed !== true || typeof ts !== "number" || ts < 0) return hlc;
  const place = { ms: ts, n: 0 };
  return compareHlc(place, hlc) < 0 ? place : hlc;
}
