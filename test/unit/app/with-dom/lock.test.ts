import { beforeAll, describe, expect, test } from "vitest";
import { makeKeys, type StoredKeys } from "../../../../src/app/worker/keys.ts";
import { beforeAttempt, type Lock, lockKeys, openSecrets, waitOf } from "../../../../src/app/worker/lock.ts";
import { createRandom, createSodiumCrypto } from "../../../../src/sync/crypto/sodium.ts";
import { utf8 } from "../../../../src/sync/encoding/bytes.ts";
import type { Crypto } from "../../../../src/sync/ports.ts";

const random = createRandom();
const secrets = { dataKey: random.bytes(32), transportSeed: random.bytes(32) };
let crypto: Crypto;
let open: StoredKeys;
let locked: StoredKeys;

beforeAll(async () => {
  crypto = await createSodiumCrypto();
  open = await makeKeys(secrets, "phone");
  locked = await lockKeys({ crypto, random }, open, secrets, { passphrase: utf8("correct horse"), minutes: 5 });
});

describe("R1: a browser device with a passphrase", () => {
  test("its passphrase opens what it sealed", async () => {
    expect(await openSecrets(crypto, locked, utf8("correct horse"))).toEqual(secrets);
  });

  test("without it, or with another, nothing comes out, whatever keys the browser holds", async () => {
    await expect(openSecrets(crypto, locked)).rejects.toMatchObject({ code: "locked-vault" });
    await expect(openSecrets(crypto, locked, utf8("wrong"))).rejects.toMatchObject({ code: "wrong-passphrase" });
    const { lock: _, ...forced } = locked;
    const got = await openSecrets(crypto, forced);
    expect(got.dataKey).not.toEqual(secrets.dataKey);
    expect(got.dataKey.length).toBe(24 + 32 + 16);
  });

  test("the secrets are not exchangeable", async () => {
    const swapped = { ...locked, dataKey: locked.transportSeed, transportSeed: locked.dataKey };
    await expect(openSecrets(crypto, swapped, utf8("correct horse"))).rejects.toMatchObject({ code: "wrong-passphrase" });
  });

  test("taken away again, it opens by itself", async () => {
    const again = await lockKeys({ crypto, random }, locked, secrets, undefined);
    expect(again.lock).toBe(undefined);
    expect(await openSecrets(crypto, again)).toEqual(secrets);
  });

  test("wrong attempts wait ever longer, at most five minutes", () => {
    const waits: number[] = [];
    let lock = locked.lock as Lock;
    for (let n = 0; n < 14; n++) {
      lock = beforeAttempt(lock, 1000);
      waits.push(waitOf(lock, 1000));
    }
    expect(waits.slice(0, 5)).toEqual([0, 0, 2000, 4000, 8000]);
    expect(waits.at(-1)).toBe(300_000);
    expect(waitOf(lock, 1000 + 300_000)).toBe(0);
    expect(waitOf(lock, -1_000_000_000), "a clock that was set back").toBe(300_000);
  });
});
