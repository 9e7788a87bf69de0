import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Door } from "../../../src/device/unlocking/door.ts";
import { decodeAnswer, decodeAttempt, encodeAnswer, encodeAttempt } from "../../../src/device/unlocking/frames.ts";
import { knock } from "../../../src/device/unlocking/knock.ts";
import { derivePassphraseKey } from "../../../src/device/unlocking/passphrase-key.ts";
import { unlockingSchema } from "../../../src/sync/content/unlocking.ts";
import { createSodiumCrypto } from "../../../src/sync/crypto/sodium.ts";
import { fromHex, sameBytes, toHex, utf8 } from "../../../src/sync/encoding/bytes.ts";
import { type Cbor, decodeCbor, encodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { linkPair } from "../../harness/memory-links.ts";
import { rest, TestClock } from "../bridge-host/harness/test-clock.ts";

interface Vectors {
  passphrase: string;
  salt: string;
  key: string;
  attempt: string;
  answers: Record<"opened" | "wrong" | "later", string>;
  bodies: { transport: string; salt: string; none: string; some: string };
  malformed: string[];
}

const vectors = JSON.parse(readFileSync(new URL("../../vectors/unlocking.json", import.meta.url), "utf8")) as Vectors;
const crypto = await createSodiumCrypto();
const door = { transport: new Uint8Array(32), salt: fromHex(vectors.salt) };
const right = fromHex(vectors.key);

describe("vectors of unlocking", () => {
  test("R1: the key of a passphrase", () => {
    expect(toHex(derivePassphraseKey(crypto, utf8(vectors.passphrase), door.salt))).toBe(vectors.key);
  });

  test("the attempt and its answers", () => {
    expect(toHex(encodeAttempt(right))).toBe(vectors.attempt);
    expect(decodeAttempt(fromHex(vectors.attempt))).toEqual(right);
    for (const [answer, bytes] of Object.entries(vectors.answers)) {
      expect(toHex(encodeAnswer(answer as "opened"))).toBe(bytes);
      expect(decodeAnswer(fromHex(bytes))).toBe(answer);
    }
  });

  test("the entry that says how", () => {
    const { transport, salt, none, some } = vectors.bodies;
    const body = { door: { transport: fromHex(transport), salt: fromHex(salt) } };
    expect(toHex(encodeCbor(body as unknown as Cbor))).toBe(some);
    expect(unlockingSchema.parse(decodeCbor(fromHex(some)))).toEqual(body);
    expect(unlockingSchema.parse(decodeCbor(fromHex(none)))).toEqual({ door: null });
  });

  test("frames that are none", () => {
    for (const bytes of vectors.malformed) {
      expect(() => decodeAttempt(fromHex(bytes))).toThrow(expect.objectContaining({ name: "MalformedError" }));
      expect(() => decodeAnswer(fromHex(bytes))).toThrow(expect.objectContaining({ name: "MalformedError" }));
    }
  });
});

function rig() {
  const clock = new TestClock();
  const tried: Uint8Array[] = [];
  let opened = 0;
  const guard = new Door({
    ...{ crypto, clock, log: () => undefined },
    attempt: async (key) => {
      tried.push(key.slice());
      return sameBytes(key, right);
    },
    opened: () => void (opened += 1),
  });
  const dial = (peer = 1) => {
    const [near, far] = linkPair({ keys: [new Uint8Array(32).fill(peer), new Uint8Array(32).fill(9)] });
    guard.accept(far);
    return near;
  };
  /** Sends a frame as it is; the answer, or `closed`. */
  const raw = (bytes: Uint8Array, peer = 1) =>
    new Promise<string>((resolve) => {
      const link = dial(peer);
      link.start({ frame: (answer) => resolve(decodeAnswer(answer)), closed: () => resolve("closed") });
      link.send(bytes).catch(() => resolve("closed"));
    });
  return { clock, tried, dial, raw, opened: () => opened };
}

describe("a locked device", () => {
  test("is opened by the right passphrase, which itself never travels", async () => {
    const { clock, dial, tried, opened } = rig();
    const passphrase = utf8(vectors.passphrase);
    await knock({ crypto, clock, door, passphrase, dial: async () => dial() });
    expect([opened(), tried.map(toHex), toHex(passphrase)]).toEqual([1, [vectors.key], "00".repeat(passphrase.length)]);
  });

  test("says that a passphrase is wrong, and stays shut", async () => {
    const { clock, dial, opened } = rig();
    const attempt = knock({ crypto, clock, door, passphrase: utf8("battery staple"), dial: async () => dial() });
    await expect(attempt).rejects.toMatchObject({ code: "wrong-passphrase" });
    expect(opened()).toBe(0);
  });

  test("lets a device try five times, then once a minute; another device has tries of its own", async () => {
    const { clock, raw, tried } = rig();
    const wrong = encodeAttempt(new Uint8Array(32));
    for (let n = 0; n < 5; n++) expect(await raw(wrong)).toBe("wrong");
    expect(await raw(wrong)).toBe("later");
    expect(await raw(encodeAttempt(right))).toBe("later");
    expect(await raw(wrong, 2)).toBe("wrong");
    await clock.advance(61_000);
    expect([await raw(wrong), await raw(wrong)]).toEqual(["wrong", "later"]);
    expect(tried).toHaveLength(7);
  });

  test("hangs up on anything else, and takes one frame a link", async () => {
    const { raw, tried, dial } = rig();
    for (const bytes of vectors.malformed) expect(await raw(fromHex(bytes))).toBe("closed");
    const link = dial();
    const answers: string[] = [];
    link.start({ frame: (bytes) => void answers.push(decodeAnswer(bytes)), closed: () => undefined });
    await Promise.allSettled([link.send(encodeAttempt(new Uint8Array(32))), link.send(encodeAttempt(right))]);
    await rest();
    expect([answers, tried.length]).toEqual([["wrong"], 1]);
  });

  test("ends a link over which nothing comes", async () => {
    const { clock, dial } = rig();
    let closed = false;
    dial().start({ frame: () => undefined, closed: () => void (closed = true) });
    await clock.advance(10_000);
    expect(closed).toBe(true);
  });
});
