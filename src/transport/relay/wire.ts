import { type Cbor, decodeCbor, encodeCbor, isList } from "../../sync/encoding/cbor.ts";
import { MalformedError } from "../../sync/errors.ts";

/** The words before bytes flow. Keys have 32 bytes, the id of a call 16; addresses are multiaddrs without `/p2p`. */
export type RelayWord =
  /** To the relay: tell me of who wants to reach me, for as long as this link is open. */
  | { word: "reserve" }
  /** From the relay: done; here it is reached. */
  | { word: "reserved"; addresses: string[] }
  /** To the relay: through to this key. */
  | { word: "connect"; key: Uint8Array }
  /** From the relay, on the link of the reservation. */
  | { word: "incoming"; id: Uint8Array; key: Uint8Array }
  /** To the relay, on a link of its own, which then carries the connection. */
  | { word: "accept"; id: Uint8Array }
  /** From the relay: from here on every frame goes to the other side. */
  | { word: "through" };

const MAX_ADDRESSES = 16;

export function encodeWord(said: RelayWord): Uint8Array {
  switch (said.word) {
    case "reserved":
      return encodeCbor([said.word, said.addresses.slice(0, MAX_ADDRESSES)]);
    case "connect":
      return encodeCbor([said.word, said.key]);
    case "incoming":
      return encodeCbor([said.word, said.id, said.key]);
    case "accept":
      return encodeCbor([said.word, said.id]);
    default:
      return encodeCbor([said.word]);
  }
}

/** Throws `MalformedError`. */
export function decodeWord(bytes: Uint8Array): RelayWord {
  const parts = listOf(decodeCbor(bytes), 3);
  const [word, first, second] = parts;
  if ((word === "reserve" || word === "through") && parts.length === 1) return { word };
  if (word === "reserved" && parts.length === 2) return { word, addresses: listOf(first, MAX_ADDRESSES).map(addressOf) };
  if (word === "connect" && parts.length === 2) return { word, key: bytesOf(first, 32) };
  if (word === "incoming" && parts.length === 3) return { word, id: bytesOf(first, 16), key: bytesOf(second, 32) };
  if (word === "accept" && parts.length === 2) return { word, id: bytesOf(first, 16) };
  throw new MalformedError("an unknown word to a relay");
}

function listOf(value: Cbor | undefined, most: number): readonly Cbor[] {
  if (!isList(value) || value.length > most) throw new MalformedError("a word to a relay is a short list");
  return value;
}

function bytesOf(value: Cbor | undefined, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw new MalformedError("a word to a relay holds a key or an id");
  return value.slice();
}

function addressOf(value: Cbor): string {
  if (typeof value !== "string" || value.length > 256) throw new MalformedError("an address is a short text");
  return value;
}
