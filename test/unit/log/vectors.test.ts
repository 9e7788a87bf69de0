import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forkSchema } from "../../../src/sync/content/fork.ts";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { DOMAIN } from "../../../src/sync/domains.ts";
import { compareBytes, fromHex, toHex } from "../../../src/sync/encoding/bytes.ts";
import { decodeCbor, encodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { MalformedError } from "../../../src/sync/errors.ts";
import { checkProof } from "../../../src/sync/forks/proof.ts";
import { decodeBody, encodeBody, hashBody } from "../../../src/sync/log/body.ts";
import { conversationId, decodeFounding, encodeFounding } from "../../../src/sync/log/founding.ts";
import { decodeHeader, encodeHeader, hashHeader } from "../../../src/sync/log/header.ts";
import { accountText, conversationText, deviceText, messageText } from "../../../src/sync/log/public-id.ts";
import { digestOf } from "../../../src/sync/log/vector.ts";
import { decodeFrame, encodeFrame } from "../../../src/sync/session/frames.ts";

const crypto = await createSodiumCrypto();
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "vectors", "log.json"), "utf8"));

test("J4: founding data and the ids of conversations are those of the vectors", () => {
  for (const { encoded, conversation } of vectors.foundings) {
    const founding = decodeFounding(fromHex(encoded));
    expect(toHex(encodeFounding(founding))).toBe(encoded);
    expect(toHex(conversationId(crypto, founding))).toBe(conversation);
  }
});

test("B1: a body is its salt and the canonical content, and its hash is that of the vectors", () => {
  const { salt, content, encoded, hash } = vectors.body;
  const body = encodeBody({ bytes: () => fromHex(salt) }, content);
  expect(toHex(body)).toBe(encoded);
  expect(encoded).toBe(salt + toHex(encodeCbor(content)));
  expect(decodeBody(body)).toEqual(content);
  expect(toHex(hashBody(crypto, body))).toBe(hash);
});

test("B1, B4: header, id and signature are those of the vectors", () => {
  const { header: encoded, id, signature, publicId } = vectors.entry;
  const header = decodeHeader(fromHex(encoded));
  expect(toHex(encodeHeader(header))).toBe(encoded);
  expect(toHex(hashHeader(crypto, fromHex(encoded)))).toBe(id);
  expect(toHex(header.bodyHash)).toBe(vectors.body.hash);
  const { publicKey, secretKey } = crypto.signKeypair(fromHex(vectors.seed));
  expect(toHex(publicKey)).toBe(vectors.device);
  expect(toHex(crypto.sign(DOMAIN.entrySignature, fromHex(id), secretKey))).toBe(signature);
  expect(crypto.verify(DOMAIN.entrySignature, fromHex(id), fromHex(signature), publicKey)).toBe(true);
  expect(messageText(header)).toBe(publicId);
});

test("the texts of ids are those of the vectors", () => {
  expect(accountText(fromHex(vectors.account))).toBe(vectors.ids.account);
  expect(deviceText(fromHex(vectors.device))).toBe(vectors.ids.device);
  expect(conversationText(fromHex(vectors.foundings[1].conversation))).toBe(vectors.ids.conversation);
});

test("B6, B7: session key, tag and digest are those of the vectors", () => {
  const nonces = vectors.session.nonces.map(fromHex).sort(compareBytes);
  const key = crypto.hash(DOMAIN.sessionKey, ...nonces);
  expect(toHex(key)).toBe(vectors.session.key);
  const conversation = fromHex(vectors.foundings[1].conversation);
  expect(toHex(crypto.mac(key, DOMAIN.conversationTag, conversation).slice(0, 16))).toBe(vectors.session.tag);
  const positions = vectors.vector.positions.map((position: { device: string; incarnation: string; seq: number }) => ({
    device: fromHex(position.device),
    incarnation: fromHex(position.incarnation),
    seq: position.seq,
  }));
  expect(toHex(digestOf(crypto, positions))).toBe(vectors.vector.digest);
  expect(toHex(digestOf(crypto, positions.toReversed()))).toBe(vectors.vector.digest);
});

test("B5: proofs of forks are taken and refused as the vectors say", () => {
  const check = (body: string) => checkProof(crypto, forkSchema.parse(decodeCbor(fromHex(body))));
  for (const { body, conversation, device, incarnation, seq } of vectors.forks.valid) {
    const found = check(body);
    expect([toHex(found.conversation), toHex(found.device), toHex(found.incarnation), found.seq]).toEqual([
      conversation,
      device,
      incarnation,
      seq,
    ]);
  }
  for (const { why, body } of vectors.forks.invalid) expect(() => check(body), why).toThrow(MalformedError);
});

test("every frame of a session is that of the vectors", () => {
  for (const [type, encoded] of Object.entries(vectors.frames as Record<string, string>)) {
    const frame = decodeFrame(fromHex(encoded));
    expect(frame.type).toBe(type);
    expect(toHex(encodeFrame(frame))).toBe(encoded);
  }
});
