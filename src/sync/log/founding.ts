import type { Founding } from "../core.ts";
import { DOMAIN } from "../domains.ts";
import { type Cbor, decodeCbor, encodeCbor, isList } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import type { Crypto } from "../ports.ts";

/** Part of the format: never reuse a number. */
const FOUNDING = { self: 0, bridge: 1 } as const;
const MAX_TEXT = 512;

export function encodeFounding(founding: Founding): Uint8Array {
  switch (founding.kind) {
    case "self":
      return encodeCbor([FOUNDING.self, founding.account]);
    case "bridge":
      return encodeCbor([FOUNDING.bridge, founding.account, founding.network, founding.bridge, founding.conv]);
  }
}

/** Throws `MalformedError`; also for kinds of a later version, which this one cannot place. */
export function decodeFounding(encoded: Uint8Array): Founding {
  const fields = decodeCbor(encoded);
  if (!isList(fields)) throw new MalformedError("not founding data");
  const account = key(fields[1]);
  if (fields[0] === FOUNDING.self && fields.length === 2) return { kind: "self", account };
  if (fields[0] === FOUNDING.bridge && fields.length === 5)
    return { kind: "bridge", account, network: text(fields[2]), bridge: text(fields[3]), conv: text(fields[4]) };
  throw new MalformedError("unknown kind of conversation");
}

/** J4: 32 bytes. */
export function conversationId(crypto: Crypto, founding: Founding): Uint8Array {
  return crypto.hash(DOMAIN.conversation, encodeFounding(founding));
}

function key(value: Cbor | undefined): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== 32) throw new MalformedError("expected 32 bytes");
  return value;
}

function text(value: Cbor | undefined): string {
  if (typeof value !== "string" || value.length > MAX_TEXT) throw new MalformedError("expected a short text");
  return value;
}
