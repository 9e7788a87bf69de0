/** What a structure of the protocol is made of. Maps have text keys; integers are safe integers. */
export type Cbor = null | boolean | number | string | Uint8Array | readonly Cbor[] | { readonly [key: string]: Cbor };

/** `Array.isArray` that keeps the type of the items. */
export const isList = (value: Cbor | undefined): value is readonly Cbor[] => Array.isArray(value);

export { decodeCbor } from "./cbor-decode.ts";
export { encodeCbor } from "./cbor-encode.ts";
