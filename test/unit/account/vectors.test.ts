import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeCertificate, issueCertificate, verifyCertificate } from "../../../src/sync/account/certificate.ts";
import { fingerprint } from "../../../src/sync/account/fingerprint.ts";
import { decodeOp, encodeSignedPart } from "../../../src/sync/account/op.ts";
import { OpSet } from "../../../src/sync/account/op-set.ts";
import { entropyOfWords, recoveryHash, recoveryKeypair, recoveryWords } from "../../../src/sync/account/recovery-key.ts";
import type { AccountState } from "../../../src/sync/account/resolve.ts";
import { createSeedSigner } from "../../../src/sync/crypto/seed-signer.ts";
import { fromHex, toHex } from "../../../src/sync/encoding/bytes.ts";
import { MalformedError } from "../../../src/sync/errors.ts";
import { crypto } from "./world.ts";

interface Vectors {
  keys: { name: string; seed: string; publicKey: string; fingerprint: string }[];
  recovery: { entropy: string; words: string; publicKey: string; hash: string };
  certificate: { device: string; transport: string; epoch: number; expires: number; signedPart: string; bytes: string };
  account: string;
  ops: ({ name: string; signedPart: string; id: string; bytes: string } & Record<string, unknown>)[];
  invalid: { name: string; bytes: string }[];
  resolutions: {
    name: string;
    says: string;
    account: string;
    ops: string[];
    head: string;
    devices: { key: string }[];
    recovery: unknown;
  }[];
}

const vectors = JSON.parse(readFileSync(new URL("../../vectors/account.json", import.meta.url), "utf8")) as Vectors;

const readable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, item: unknown) => (item instanceof Uint8Array ? toHex(item) : item)));

describe("account vectors", () => {
  it("K1: keys and fingerprints", () => {
    for (const { seed, publicKey, fingerprint: print } of vectors.keys) {
      expect(toHex(crypto.signKeypair(fromHex(seed)).publicKey)).toBe(publicKey);
      expect(fingerprint(crypto, fromHex(publicKey))).toBe(print);
    }
  });

  it("A1: the recovery words, their key and its hash", () => {
    const { entropy, words, publicKey, hash } = vectors.recovery;
    expect([recoveryWords(fromHex(entropy)), toHex(entropyOfWords(words))]).toEqual([words, entropy]);
    expect(toHex(recoveryKeypair(crypto, fromHex(entropy)).publicKey)).toBe(publicKey);
    expect(toHex(recoveryHash(crypto, fromHex(publicKey)))).toBe(hash);
  });

  it("K2: the certificate", async () => {
    const { device, transport, epoch, expires, signedPart, bytes } = vectors.certificate;
    const key = vectors.keys.find(({ name }) => name === device);
    const signer = createSeedSigner(crypto, fromHex(key?.seed ?? ""));
    expect(toHex(await issueCertificate(signer, { transport: fromHex(transport), epoch, expires }))).toBe(bytes);
    expect(toHex(decodeCertificate(fromHex(bytes)).signedPart)).toBe(signedPart);
    expect(toHex(verifyCertificate(crypto, fromHex(bytes), 0).device)).toBe(key?.publicKey);
  });

  for (const { name, signedPart, id, bytes, ...fields } of vectors.ops) {
    it(`A1: the op "${name}"`, () => {
      const op = decodeOp(crypto, fromHex(bytes));
      const { author, seq, prev, parents, body, signature, countersignature } = op;
      expect(readable({ author, seq, prev, parents, body, signature, countersignature })).toEqual(fields);
      expect([toHex(encodeSignedPart(op)), toHex(op.signedPart), op.key]).toEqual([signedPart, signedPart, id]);
    });
  }

  it("A2: the ops are valid together, and the invalid ones are not", () => {
    const set = new OpSet(crypto, fromHex(vectors.account));
    for (const { bytes } of vectors.ops) expect(set.add(fromHex(bytes))).toBe("added");
    for (const { name, bytes } of vectors.invalid) expect(() => set.add(fromHex(bytes)), name).toThrow(MalformedError);
  });

  for (const { name, says, account, ops, head, devices, recovery } of vectors.resolutions) {
    it(`A6: the resolution "${name}": ${says}`, () => {
      for (const order of [ops, [...ops].reverse()]) {
        const set = new OpSet(crypto, fromHex(account));
        for (const bytes of order) set.add(fromHex(bytes));
        expect(toHex(set.state.head)).toBe(head);
        expect(devicesOf(set.state)).toEqual(devices);
        expect(readable(set.state.recovery)).toEqual(recovery);
      }
    });
  }
});

function devicesOf(state: AccountState): unknown {
  const standings = [...state.devices.values()].map(
    ({ reason: _, why, ...standing }) => readable({ ...standing, why: why.code }) as { key: string },
  );
  return standings.sort((a, b) => (a.key < b.key ? -1 : 1));
}

it("A1: every known type of op has a vector", () => {
  const types = vectors.ops.map(({ bytes }) => decodeOp(crypto, fromHex(bytes)).body.type);
  expect(new Set(types)).toEqual(new Set(["genesis", "add", "revoke", "freeze", "unfreeze", "recover", "set-recovery", "unknown"]));
});
