/** Foreign ids are opaque: only the plugin that minted one parses it. Each is at most 512 bytes of UTF-8. */
declare const brand: unique symbol;
type Opaque<Name extends string> = string & { readonly [brand]?: Name };

/** One login on one network; minted by the host. */
export type AccountId = Opaque<"AccountId">;
/** A conversation of the network, stable across restarts. */
export type ConvId = Opaque<"ConvId">;
export type UserId = Opaque<"UserId">;
/** A message of the network, stable across restarts. */
export type MsgId = Opaque<"MsgId">;
/** Minted by the host: 128 random bits as 22 characters of base64url, one for each outgoing message part, never reused. */
export type TxnId = Opaque<"TxnId">;
/** An opaque point to resume from. */
export type Cursor = Opaque<"Cursor">;

export interface MsgRef {
  conv: ConvId;
  id: MsgId;
}
