import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeCertificate,
  encodeCertificate,
  encodeClaim,
  issueCertificate,
  verifyCertificate,
} from "../../../src/sync/account/certificate.ts";
import { fingerprint } from "../../../src/sync/account/fingerprint.ts";
import {
  createRecoveryEntropy,
  entropyOfWords,
  recoveryHash,
  recoveryKeypair,
  recoveryWords,
} from "../../../src/sync/account/recovery-key.ts";
import { createSeedSigner } from "../../../src/sync/crypto/seed-signer.ts";
import { createRandom } from "../../../src/sync/crypto/sodium.ts";
import { DOMAIN } from "../../../src/sync/domains.ts";
import { HomeportError, MalformedError } from "../../../src/sync/errors.ts";
import { crypto, keypairOf } from "./world.ts";

const random = createRandom();
const signer = createSeedSigner(crypto, random.bytes(32));
const transport = random.bytes(32);

describe("transport certificates", () => {
  it("K2: a certificate names the device, its transport key, the epoch and the expiry", async () => {
    const bytes = await issueCertificate(signer, { transport, epoch: 7, expires: 2000 });
    expect(verifyCertificate(crypto, bytes, 1999)).toEqual({ device: signer.publicKey, transport, epoch: 7, expires: 2000 });
  });

  it("K2: a certificate is invalid from its expiry on", async () => {
    const bytes = await issueCertificate(signer, { transport, epoch: 7, expires: 2000 });
    expect(() => verifyCertificate(crypto, bytes, 2000)).toThrow(/expired/);
  });

  it("K2: a certificate that another key signed is refused", async () => {
    const other = createSeedSigner(crypto, random.bytes(32));
    const claim = encodeClaim({ device: signer.publicKey, transport, epoch: 1, expires: 2000 });
    const bytes = encodeCertificate(claim, await other.sign(DOMAIN.transportCertificate, claim));
    expect(() => verifyCertificate(crypto, bytes, 0)).toThrow(MalformedError);
  });

  it("K2: no changed byte and no other bytes pass", async () => {
    const bytes = await issueCertificate(signer, { transport, epoch: 7, expires: 2000 });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bytes.slice();
        changed[at] = (changed[at] as number) ^ flip;
        expect(() => verifyCertificate(crypto, changed, 0)).toThrow(MalformedError);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1100 }), (junk) => {
        expect(() => decodeCertificate(junk)).toThrow(MalformedError);
      }),
    );
  });
});

describe("recovery words", () => {
  it("A1: 24 words stand for 32 bytes and back, in any spacing and case", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (entropy) => {
        const words = recoveryWords(entropy);
        expect(words.split(" ").length).toBe(24);
        expect(entropyOfWords(`  ${words.toUpperCase().replaceAll(" ", "\n ")} `)).toEqual(entropy);
      }),
    );
  });

  it("A1: agree with the vectors of BIP-39", () => {
    expect(recoveryWords(new Uint8Array(32))).toBe(`${"abandon ".repeat(23)}art`);
    expect(recoveryWords(new Uint8Array(32).fill(0xff))).toBe(`${"zoo ".repeat(23)}vote`);
  });

  it("K4: wrong words give an error that repeats none of them", () => {
    const words = recoveryWords(createRecoveryEntropy(random)).split(" ");
    const wrong = [words.slice(1), [...words.slice(1), "notaword"], [words[1], words[0], ...words.slice(2)].map(String)];
    for (const list of wrong) {
      try {
        entropyOfWords(list.join(" "));
        // One exchange in 256 keeps the checksum.
        expect(list.length).toBe(24);
      } catch (error) {
        expect(error).toBeInstanceOf(HomeportError);
        const { message, cause, code } = error as HomeportError;
        expect([code, cause]).toEqual(["wrong-words", undefined]);
        for (const word of message.replace(/[^a-z ]/gi, "").split(" ")) expect(word === "notaword").toBe(false);
      }
    }
  });

  it("A1: the key follows from the entropy alone, and the hash from the key", () => {
    const entropy = new Uint8Array(32).fill(7);
    const [a, b] = [recoveryKeypair(crypto, entropy), recoveryKeypair(crypto, entropy)];
    expect(a).toEqual(b);
    const message = Uint8Array.of(1, 2);
    expect(crypto.verify(DOMAIN.accountOp, message, crypto.sign(DOMAIN.accountOp, message, a.secretKey), a.publicKey)).toBe(true);
    expect(recoveryHash(crypto, a.publicKey)).not.toEqual(a.publicKey);
  });
});

describe("fingerprints", () => {
  it("K1: are eight groups of four digits and differ from key to key", () => {
    const prints = ["a", "b", "c"].map((name) => fingerprint(crypto, keypairOf(name).publicKey));
    for (const print of prints) expect(print).toMatch(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
    expect(new Set(prints).size).toBe(3);
  });
});
