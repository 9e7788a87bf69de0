import { HomeportError } from "../../sync/errors.ts";
import type { Lock } from "./lock.ts";

const DATABASE = "homeport-keys";
const STORE = "keys";

/** What a browser device keeps beside its database. Keys of Web Crypto are not extractable: scripts can use, not copy them (K6). */
export interface StoredKeys {
  /** Ed25519, not extractable: the device key (K1). */
  device: CryptoKeyPair;
  /** Ed25519 public key, raw, 32 bytes. */
  publicKey: Uint8Array;
  /** AES-GCM, not extractable: wraps the two below. */
  wrapping: CryptoKey;
  /** The seed of the transport key (K2), wrapped. */
  transportSeed: Wrapped;
  /** The data key (R1), wrapped. */
  dataKey: Wrapped;
  name: string;
  /** Where there is a passphrase: both secrets are sealed under it before they are wrapped. */
  lock?: Lock;
  /** The other side may have let this device in, and the account has not arrived: the linking goes on with another link. */
  joining?: true;
}

/** The bytes of both; whoever has them wipes them. */
export interface Secrets {
  dataKey: Uint8Array;
  transportSeed: Uint8Array;
}

export interface Wrapped {
  iv: Uint8Array;
  bytes: Uint8Array;
}

/** Two new keys and a wrapping key, not stored yet. */
export async function makeKeys(secrets: Secrets, name: string): Promise<StoredKeys> {
  const device = await newDeviceKey();
  const wrapping = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  return {
    device,
    publicKey: new Uint8Array(await crypto.subtle.exportKey("raw", device.publicKey)),
    wrapping,
    transportSeed: await wrap(wrapping, secrets.transportSeed),
    dataKey: await wrap(wrapping, secrets.dataKey),
    name,
  };
}

async function newDeviceKey(): Promise<CryptoKeyPair> {
  try {
    return await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  } catch (cause) {
    throw new HomeportError("no-storage", "This browser cannot keep a signing key. Use a current version of Chrome, Firefox or Safari.", {
      cause,
    });
  }
}

export async function wrap(key: CryptoKey, secret: Uint8Array): Promise<Wrapped> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, secret as Uint8Array<ArrayBuffer>);
  return { iv, bytes: new Uint8Array(sealed) };
}

export async function unwrap(key: CryptoKey, { iv, bytes }: Wrapped): Promise<Uint8Array> {
  const ivBytes = iv as Uint8Array<ArrayBuffer>;
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: ivBytes }, key, bytes as Uint8Array<ArrayBuffer>));
  } catch (cause) {
    throw new HomeportError("corrupt", "The keys of this browser are damaged. Remove this device here, and link it again.", { cause });
  }
}

/** Undefined where this browser is no device yet. */
export async function readKeys(): Promise<StoredKeys | undefined> {
  return (await inStore("readonly", (store) => store.get("device"))) as StoredKeys | undefined;
}

export async function writeKeys(keys: StoredKeys): Promise<void> {
  await inStore("readwrite", (store) => store.put(keys, "device"));
}

export async function eraseKeys(): Promise<void> {
  await inStore("readwrite", (store) => store.delete("device"));
}

async function inStore(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const database = await openDatabase();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error ?? new Error("the key store failed"));
      transaction.onabort = () => reject(transaction.error ?? new Error("the key store failed"));
    });
  } finally {
    database.close();
  }
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => void request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the key store cannot be opened"));
  });
}
