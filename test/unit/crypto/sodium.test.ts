import { argon2Sync, createPublicKey, verify } from "node:crypto";
import fc from "fast-check";
import sodium from "libsodium-wrappers-sumo";
import { describe, expect, it } from "vitest";
import { createSeedSigner } from "../../../src/sync/crypto/seed-signer.ts";
import { createSodiumCrypto, createRandom } from "../../../src/sync/crypto/sodium.ts";
import { DOMAIN } from "../../../src/sync/domains.ts";
import { concat, fromHex, toHex, utf8 } from "../../../src/sync/encoding/bytes.ts";

const crypto = await createSodiumCrypto();
const random = createRandom();
const counting = (from: number, to: number): Uint8Array => Uint8Array.from({ length: to - from }, (_, i) => from + i);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe("hashes and MACs", () => {
  // Made with Python's hashlib.blake2b over `domain ‖ 0x00 ‖ parts`.
  it("K6: are BLAKE2b-256 over the domain, a zero byte and the parts", () => {
    expect(toHex(crypto.hash(DOMAIN.accountOp))).toBe("a087f361bcc7f4e1f16c451ecb513450a2f51b9ab27dd140681eb83fbe8b7068");
    expect(toHex(crypto.hash(DOMAIN.accountOp, utf8("abc")))).toBe("f60cd57f3c52cbc6d3c1ca34d32cd8525dfb8e7342f68f4b4a7a5b539fbf4bf4");
    expect(toHex(crypto.mac(counting(32, 64), DOMAIN.linkProof, Uint8Array.of(1), counting(0, 32), utf8("abc")))).toBe(
      "4bcae972516d645906a48896771eb67eb06306e8f4444a3f9aa82adeb5164001",
    );
    expect(toHex(crypto.hash(DOMAIN.entryBody, new Uint8Array(100_000).fill(0xa5)))).toBe(
      "95277d93c4c4d37b8b809a0fde804c158389530ccbafe368df1658ed3160d8c4",
    );
  });

  it("K6: do not depend on how the input is cut, and a long input leaves nothing for a short one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), fc.nat(), (input, at) => {
        const cut = at % (input.length + 1);
        const whole = crypto.hash(DOMAIN.conversation, input);
        expect(crypto.hash(DOMAIN.conversation, input.subarray(0, cut), input.subarray(cut))).toEqual(whole);
        expect(crypto.hash(DOMAIN.entryHeader, input)).not.toEqual(whole);
      }),
    );
  });

  it("K6: a result stays what it was when the next one is made", () => {
    const first = crypto.hash(DOMAIN.conversation, Uint8Array.of(1));
    const copy = first.slice();
    crypto.hash(DOMAIN.conversation, Uint8Array.of(2));
    expect(first).toEqual(copy);
  });

  it("K6: a MAC key of another length is refused", () => {
    expect(() => crypto.mac(new Uint8Array(16), DOMAIN.linkProof)).toThrow(TypeError);
  });
});

describe("signatures", () => {
  it("K6: are Ed25519 over the domain, a zero byte and the message", () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 400 }), (seed, message) => {
        const { publicKey, secretKey } = crypto.signKeypair(seed);
        const signature = crypto.sign(DOMAIN.accountOp, message, secretKey);
        const der = concat(fromHex("302a300506032b6570032100"), publicKey);
        const key = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
        expect(verify(null, concat(utf8("homeport/1/account-op\0"), message), key, signature)).toBe(true);
        expect(crypto.verify(DOMAIN.accountOp, message, signature, publicKey)).toBe(true);
        expect(crypto.verify(DOMAIN.entrySignature, message, signature, publicKey)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it("RFC 8032: the key of the first test vector's seed", () => {
    const { publicKey } = crypto.signKeypair(fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
    expect(toHex(publicKey)).toBe("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  });

  it("A2: false, not an error, for signatures and keys of any other length or value", () => {
    const { publicKey, secretKey } = crypto.signKeypair(counting(0, 32));
    const signature = crypto.sign(DOMAIN.accountOp, utf8("x"), secretKey);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (junk) => {
        expect(crypto.verify(DOMAIN.accountOp, utf8("x"), junk, publicKey)).toBe(false);
        expect(crypto.verify(DOMAIN.accountOp, utf8("x"), signature, junk)).toBe(false);
      }),
    );
    // The neutral element would otherwise accept a signature for every message.
    const neutral = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0));
    expect(crypto.verify(DOMAIN.accountOp, utf8("x"), concat(neutral, new Uint8Array(32)), neutral)).toBe(false);
  });

  it("K6: a signer signs as its seed does, copies it, and stops when it is closed", async () => {
    const seed = random.bytes(32);
    const { secretKey } = crypto.signKeypair(seed);
    const signer = createSeedSigner(crypto, seed);
    seed.fill(0);
    expect(await signer.sign(DOMAIN.accountOp, utf8("x"))).toEqual(crypto.sign(DOMAIN.accountOp, utf8("x"), secretKey));
    signer.close();
    await expect(signer.sign(DOMAIN.accountOp, utf8("x"))).rejects.toThrow("closed");
  });
});

describe("sealing", () => {
  it("draft-irtf-cfrg-xchacha-03, A.3.1: XChaCha20-Poly1305", () => {
    const plain = utf8(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
    const sealed = crypto.seal(counting(0x80, 0xa0), counting(0x40, 0x58), plain, fromHex("50515253c0c1c2c3c4c5c6c7"));
    expect(toHex(sealed)).toBe(
      "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452" +
        "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52e" +
        "c0875924c1c7987947deafd8780acf49",
    );
  });

  it("R1: opens what it sealed, and nothing else", () => {
    fc.assert(
      fc.property(
        bytes(32),
        bytes(24),
        fc.uint8Array({ maxLength: 500 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(),
        (key, nonce, plain, aad, at) => {
          const sealed = crypto.seal(key, nonce, plain, aad);
          expect(sealed.length).toBe(plain.length + 16);
          expect(crypto.open(key, nonce, sealed, aad)).toEqual(plain);
          expect(crypto.open(key, nonce, sealed, concat(aad, Uint8Array.of(0)))).toBeUndefined();
          expect(crypto.open(key, nonce, sealed.subarray(0, at % sealed.length), aad)).toBeUndefined();
          const changed = sealed.slice();
          changed[at % changed.length] = (changed[at % changed.length] as number) ^ 1;
          expect(crypto.open(key, nonce, changed, aad)).toBeUndefined();
        },
      ),
    );
  });

  it("R1: a key or nonce of another length is a mistake of ours, not a wrong tag", () => {
    expect(() => crypto.open(new Uint8Array(31), new Uint8Array(24), new Uint8Array(40), new Uint8Array())).toThrow(TypeError);
    expect(() => crypto.open(new Uint8Array(32), new Uint8Array(12), new Uint8Array(40), new Uint8Array())).toThrow(TypeError);
  });
});

describe("passwords and comparisons", () => {
  it("R1: a password hash is Argon2id, as Node's own makes it", () => {
    const [message, nonce] = [utf8("correct horse"), counting(0, 16)];
    const expected = argon2Sync("argon2id", { message, nonce, parallelism: 1, tagLength: 32, memory: 8192, passes: 2 });
    expect(toHex(crypto.passwordHash(message, nonce, 2, 8192 * 1024))).toBe(expected.toString("hex"));
  });

  it("K4: comparing takes any lengths, and wiping leaves zeroes", () => {
    expect([
      crypto.equal(counting(0, 4), counting(0, 4)),
      crypto.equal(counting(0, 4), counting(0, 5)),
      crypto.equal(counting(0, 4), counting(1, 5)),
    ]).toEqual([true, false, false]);
    const secret = counting(0, 32);
    crypto.wipe(secret);
    expect(secret).toEqual(new Uint8Array(32));
  });

  it("K4: random bytes have the length that was asked for and do not repeat", () => {
    expect([0, 1, 32, 100_000].map((n) => random.bytes(n).length)).toEqual([0, 1, 32, 100_000]);
    expect(random.bytes(32)).not.toEqual(random.bytes(32));
  });
});

describe("sealing of any length", () => {
  const [key, nonce] = [new Uint8Array(32).fill(3), new Uint8Array(24).fill(5)];

  it.each([0, 1, 300, 16 * 1024, 16 * 1024 + 1, 200_000])("R1: %i bytes are sealed as the library's own function does it", (size) => {
    const plain = new Uint8Array(size).map((_, i) => i * 31);
    const aad = new Uint8Array([1, 2, 3]);
    const sealed = crypto.seal(key, nonce, plain, aad);
    expect(sealed).toEqual(sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, aad, null, nonce, key));
    expect(crypto.open(key, nonce, sealed, aad)).toEqual(plain);
  });

  it("R1: opens nothing that was changed, and goes on afterwards", () => {
    const aad = new Uint8Array(2000).fill(7);
    const sealed = crypto.seal(key, nonce, new Uint8Array([1, 2, 3]), aad);
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.slice();
      changed[i] = (changed[i] as number) ^ 1;
      expect(crypto.open(key, nonce, changed, aad)).toBeUndefined();
    }
    expect(crypto.open(key, nonce, sealed, aad.subarray(1))).toBeUndefined();
    expect(crypto.open(key, nonce, sealed.subarray(0, 15), aad)).toBeUndefined();
    expect(crypto.open(key, nonce, sealed, aad)).toEqual(new Uint8Array([1, 2, 3]));
  });
});
