import { createECDH } from "node:crypto";
import { utf8 } from "../../sync/encoding/bytes.ts";
import type { Crypto, Random, Sql } from "../../sync/ports.ts";
import { placeOf, Sealing } from "../../sync/store/sealing.ts";

/** P-256, as RFC 8292 wants it. */
export interface VapidKeys {
  /** Uncompressed point, 65 bytes. */
  publicKey: Uint8Array;
  /** 32 bytes. */
  privateKey: Uint8Array;
}

const KEY = "push-key";

/** Made once, and kept sealed under the data key, which the vault wraps (R1). */
export function vapidKeys(sql: Sql, crypto: Crypto, random: Random, dataKey: Uint8Array): VapidKeys {
  const sealing = new Sealing(crypto, random, dataKey);
  const place = placeOf("profile", KEY, "value");
  const stored = sql.get<{ value: Uint8Array }>("select value from profile where key = ?", KEY)?.value;
  const ecdh = createECDH("prime256v1");
  if (stored) ecdh.setPrivateKey(sealing.open(place, stored));
  else ecdh.generateKeys();
  // Without leading zeros it may be shorter.
  const privateKey = new Uint8Array(32);
  const bytes = ecdh.getPrivateKey();
  privateKey.set(bytes, 32 - bytes.length);
  bytes.fill(0);
  if (!stored) sql.run("insert into profile (key, value) values (?, ?)", KEY, sealing.seal(place, privateKey));
  return { publicKey: new Uint8Array(ecdh.getPublicKey()), privateKey };
}

/** All that is ever said by a push: RFC 8291 hides it, and it tells nothing. */
export const PAYLOAD = utf8("sync now");
