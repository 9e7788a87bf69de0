import { HomeportError } from "../../sync/errors.ts";
import { concat, utf8 } from "../../sync/encoding/bytes.ts";
import type { Crypto, Random } from "../../sync/ports.ts";
import { type Secrets, type StoredKeys, unwrap, wrap } from "./keys.ts";

/** Argon2id: three passes over 64 MiB, which a phone has. */
const PASSES = 3;
const MEMORY = 64 << 20;
const NONCE = 24;

/** The first attempts cost nothing but their second; then each waits twice as long as the one before. */
const FREE_ATTEMPTS = 3;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 5 * 60_000;

/** What is kept of a passphrase: nothing that says it. */
export interface Lock {
  salt: Uint8Array;
  passes: number;
  memory: number;
  /** Of idleness, after which it locks; null: only when the last page is closed, which always locks. */
  minutes: number | null;
  /** Wrong attempts in a row. */
  failures: number;
  /** The next attempt is not before; milliseconds since 1970. */
  notBefore: number;
}

/** The keys with their secrets under a passphrase, or without one. `secrets` stay the caller's to wipe. */
export async function lockKeys(
  { crypto, random }: { crypto: Crypto; random: Random },
  { lock: _, ...keys }: StoredKeys,
  secrets: Secrets,
  choice: { passphrase: Uint8Array; minutes: number | null } | undefined,
): Promise<StoredKeys> {
  if (!choice)
    return {
      ...keys,
      dataKey: await wrap(keys.wrapping, secrets.dataKey),
      transportSeed: await wrap(keys.wrapping, secrets.transportSeed),
    };
  const lock: Lock = { salt: random.bytes(16), passes: PASSES, memory: MEMORY, minutes: choice.minutes, failures: 0, notBefore: 0 };
  const key = crypto.passwordHash(choice.passphrase, lock.salt, lock.passes, lock.memory);
  const sealed = (name: keyof Secrets) => {
    const nonce = random.bytes(NONCE);
    return wrap(keys.wrapping, concat(nonce, crypto.seal(key, nonce, secrets[name], aad(name))));
  };
  try {
    return { ...keys, lock, dataKey: await sealed("dataKey"), transportSeed: await sealed("transportSeed") };
  } finally {
    crypto.wipe(key);
  }
}

/** Throws `locked-vault` without the passphrase, `wrong-passphrase` with a wrong one. */
export async function openSecrets(crypto: Crypto, keys: StoredKeys, passphrase?: Uint8Array): Promise<Secrets> {
  const inner = { dataKey: await unwrap(keys.wrapping, keys.dataKey), transportSeed: await unwrap(keys.wrapping, keys.transportSeed) };
  const { lock } = keys;
  if (!lock) return inner;
  if (!passphrase) throw new HomeportError("locked-vault", "This device is locked.");
  const key = crypto.passwordHash(passphrase, lock.salt, lock.passes, lock.memory);
  const opened = (name: keyof Secrets) => {
    const plain = crypto.open(key, inner[name].subarray(0, NONCE), inner[name].subarray(NONCE), aad(name));
    if (!plain) throw new HomeportError("wrong-passphrase", "That is not the passphrase.");
    return plain;
  };
  try {
    return { dataKey: opened("dataKey"), transportSeed: opened("transportSeed") };
  } finally {
    crypto.wipe(key);
  }
}

/** As it is to be stored before an attempt, so that closing the page in the middle of one gains nothing. */
export function beforeAttempt(lock: Lock, now: number): Lock {
  const failures = lock.failures + 1;
  return { ...lock, failures, notBefore: now + waitAfter(failures) };
}

/** Milliseconds until the next attempt; a clock that was set back does not lengthen it. */
export function waitOf({ failures, notBefore }: Lock, now: number): number {
  return Math.min(Math.max(notBefore - now, 0), waitAfter(failures));
}

function waitAfter(failures: number): number {
  return failures < FREE_ATTEMPTS ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_ATTEMPTS), LONGEST_WAIT_MS);
}

const aad = (name: string): Uint8Array => utf8(`homeport-lock/${name}`);
