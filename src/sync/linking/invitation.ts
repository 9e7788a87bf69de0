import { arrayOf, bytesOf, textOf, tupleOf, uintOf } from "../account/shape.ts";
import { fromBase32, toBase32 } from "../encoding/base32.ts";
import { decodeCbor, encodeCbor } from "../encoding/cbor.ts";
import { HomeportError, MalformedError } from "../errors.ts";

/** What the new device learns out of band: by a QR code, or by a text that the person carries over (K5). */
export interface Invitation {
  /** 32 random bytes, good for one use. Whoever uses it wipes it. */
  secret: Uint8Array;
  /** The sponsor's transport key, 32 bytes. */
  transport: Uint8Array;
  /** Multiaddrs where the sponsor may be reached. */
  addresses: readonly string[];
  /** Milliseconds since 1970, by the sponsor's clock. */
  expires: number;
}

const PREFIX = "homeport:link/1/";
const VERSION = 1;
const MAX_TEXT = 8192;
const MAX_ADDRESSES = 16;
const MAX_ADDRESS = 256;

/** The text that is shown. It holds the secret, and cannot be wiped: show it and let go of it. */
export function encodeInvitation({ secret, transport, addresses, expires }: Invitation): string {
  const usable = addresses.filter((address) => address.length <= MAX_ADDRESS).slice(0, MAX_ADDRESSES);
  return PREFIX + toBase32(encodeCbor([VERSION, secret, transport, usable, expires]));
}

/** Takes any spacing and case. Throws `HomeportError` of code `wrong-link`. */
export function parseInvitation(text: string): Invitation {
  const plain = text.length <= MAX_TEXT ? text.replace(/\s+/g, "").toLowerCase() : "";
  if (!plain.startsWith(PREFIX)) {
    throw new HomeportError("wrong-link", `This is no link for a new device; it has to begin with ${PREFIX}.`);
  }
  try {
    return decode(fromBase32(plain.slice(PREFIX.length)));
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new HomeportError("wrong-link", "The link is damaged; copy the whole of it, or make a new one.");
  }
}

function decode(bytes: Uint8Array | undefined): Invitation {
  if (bytes === undefined) throw new MalformedError("not base32");
  const [version, secret, transport, addresses, expires] = tupleOf(decodeCbor(bytes), "an invitation", 5);
  if (version !== VERSION) throw new MalformedError("an invitation is of an unknown version");
  return {
    // Copies, so that wiping the secret wipes all of it.
    secret: bytesOf(secret, "a secret", 32).slice(),
    transport: bytesOf(transport, "a transport key", 32).slice(),
    addresses: arrayOf(addresses, "the addresses", MAX_ADDRESSES).map((address) => textOf(address, "an address", MAX_ADDRESS)),
    expires: uintOf(expires, "an expiry"),
  };
}
