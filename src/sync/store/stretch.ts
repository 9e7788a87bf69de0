import type { Cbor } from "../encoding/cbor.ts";
import type { Header } from "../log/header.ts";
import { placeOfEntry } from "../log/place.ts";
import type { NewEntryOfMany } from "./entry-table.ts";
import type { Incoming, Place } from "./integrate.ts";

/** Fewer than this are stored one by one. */
export const SHORTEST = 4;

/** An entry that is known to be shown where it stands, with all that it names before it. */
export interface ReadyEntry extends NewEntryOfMany {
  header: Header;
  content: Cbor | undefined;
  followed: readonly Place[];
}

export function readyEntry({ entry, signature }: Incoming, body: Uint8Array, content: Cbor | undefined, followed: Place[]): ReadyEntry {
  const { header, encoded, hash } = entry;
  return { header, encoded, hash, body, signature, place: placeOfEntry(header.kind, header.hlc, content), content, followed };
}
