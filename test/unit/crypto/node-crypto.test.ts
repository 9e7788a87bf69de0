import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createNodeCrypto } from "../../../src/node/node-crypto.ts";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";

const [quick, plain] = [await createNodeCrypto(), await createSodiumCrypto()];
const bytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

test("R1: the quick build seals to the same bytes as libsodium, at any length", () => {
  for (const length of [0, 1, 8191, 8192, 8193, 65_536, 262_144]) {
    const [key, nonce, text, aad] = [bytes(32), bytes(24), bytes(length), bytes(length % 40)];
    const sealed = quick.seal(key, nonce, text, aad);
    expect(Buffer.compare(sealed, plain.seal(key, nonce, text, aad))).toBe(0);
    expect(Buffer.compare(quick.open(key, nonce, sealed, aad) as Uint8Array, text)).toBe(0);
    expect(Buffer.compare(plain.open(key, nonce, sealed, aad) as Uint8Array, text)).toBe(0);
  }
});

test("R1: the quick build opens nothing that was changed, moved or sealed under another key", () => {
  const [key, nonce, text, aad] = [bytes(32), bytes(24), bytes(20_000), bytes(10)];
  const sealed = quick.seal(key, nonce, text, aad);
  for (const at of [0, 10_000, sealed.length - 1]) {
    const changed = sealed.slice();
    changed[at] = (changed[at] as number) ^ 1;
    expect(quick.open(key, nonce, changed, aad)).toBeUndefined();
  }
  expect(quick.open(key, nonce, sealed, bytes(10))).toBeUndefined();
  expect(quick.open(key, bytes(24), sealed, aad)).toBeUndefined();
  expect(quick.open(bytes(32), nonce, sealed, aad)).toBeUndefined();
  expect(() => quick.seal(bytes(31), nonce, text, aad)).toThrow(TypeError);
  expect(() => quick.open(key, bytes(23), sealed, aad)).toThrow(TypeError);
});
