import type { Core } from "../../sync/core.ts";
import { DOMAIN } from "../../sync/domains.ts";
import { utf8 } from "../../sync/encoding/bytes.ts";
import type { Crypto, Random } from "../../sync/ports.ts";

/** 128 bits: enough that no two names of one profile share a hash, and half the room of the whole. */
const BYTES = 16;

/** Finds what is stored under a foreign name without storing the name. The parts are set apart, so that no two lists look alike. */
export type KeyedHash = (...parts: string[]) => Uint8Array;

/** The key of this profile, made at the first call. One commit. */
export function openKeyedHash(core: Core, crypto: Crypto, random: Random): KeyedHash {
  const stored = core.sql.get<{ key: Uint8Array }>("select key from bridge_profile where id = 1");
  const key = stored ? core.open("bridge_profile", "1", "key", stored.key) : makeKey(core, random);
  return (...parts) => crypto.mac(key, DOMAIN.dedupeKey, utf8(JSON.stringify(parts))).slice(0, BYTES);
}

function makeKey(core: Core, random: Random): Uint8Array {
  const key = random.bytes(32);
  core.transact((writer) => {
    writer.sql.run("insert into bridge_profile (id, key) values (1, ?)", writer.seal("bridge_profile", "1", "key", key));
  });
  return key;
}
