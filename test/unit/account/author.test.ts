import { describe, expect, it } from "vitest";
import { DOMAIN } from "../../../src/sync/domains.ts";
import {
  authorFirstRecovery,
  authorFreeze,
  type Authoring,
  authorRevoke,
  authorUnfreeze,
  countersignAdd,
  createGenesis,
  draftAdd,
  draftOf,
  finishAdd,
} from "../../../src/sync/account/author.ts";
import { decodeOp, encodeOp } from "../../../src/sync/account/op.ts";
import type { OpBody } from "../../../src/sync/account/op-body.ts";
import { OpSet } from "../../../src/sync/account/op-set.ts";
import { authorRecover, authorRotation, recoverInto } from "../../../src/sync/account/recover.ts";
import { recoveryHash } from "../../../src/sync/account/recovery-key.ts";
import { type DeviceClass, standingOf } from "../../../src/sync/account/resolve.ts";
import { createSeedSigner } from "../../../src/sync/crypto/seed-signer.ts";
import { createRandom } from "../../../src/sync/crypto/sodium.ts";
import type { Signer } from "../../../src/sync/ports.ts";
import { crypto, keypairOf } from "./world.ts";

const random = createRandom();

/** One device and its own copy of the account. */
class Machine {
  readonly seed = random.bytes(32);
  readonly keys = crypto.signKeypair(this.seed);
  readonly signer: Signer = createSeedSigner(crypto, this.seed);
  set!: OpSet;

  get key(): Uint8Array {
    return this.signer.publicKey;
  }

  get context(): Authoring {
    return { crypto, set: this.set, signer: this.signer, commit: (op) => void this.set.add(op) };
  }

  async begin(recovery: Uint8Array | null = null): Promise<this> {
    const { account, op } = await createGenesis(crypto, random, this.signer, { recovery });
    this.set = new OpSet(crypto, account);
    this.set.add(op);
    return this;
  }

  async admit(other: Machine, deviceClass: DeviceClass = "full"): Promise<void> {
    const draft = draftAdd(this.context, other.key, deviceClass);
    await finishAdd(this.context, draft, await countersignAdd(crypto, other.signer, this.set.account, draft.signedPart));
    other.set = new OpSet(crypto, this.set.account);
    this.tell(other);
  }

  tell(other: Machine): void {
    for (const op of this.set.newerThan(other.set.vector())) other.set.add(op);
  }

  /** Signed by this device, whatever the rules say about it. */
  signed(body: OpBody): Uint8Array {
    const { signedPart } = draftOf(crypto, this.set, this.key, body);
    return encodeOp(signedPart, crypto.sign(DOMAIN.accountOp, signedPart, this.keys.secretKey), null);
  }

  state(other: Machine): string | undefined {
    return standingOf(this.set.state, other.key)?.state;
  }
}

const family = async (): Promise<[Machine, Machine, Machine]> => {
  const [home, phone, laptop] = [await new Machine().begin(), new Machine(), new Machine()];
  await home.admit(phone);
  await home.admit(laptop);
  home.tell(phone);
  return [home, phone, laptop];
};

const refused = (code: string): unknown => expect.objectContaining({ name: "HomeportError", code });

describe("making ops", () => {
  it("A1: a genesis makes an account whose only device is its author", async () => {
    const home = await new Machine().begin();
    expect(standingOf(home.set.state, home.key)).toMatchObject({ state: "admitted", class: "full", rank: [], sponsor: null });
  });

  it("A2: an added device takes part, and its ops are taken by the others", async () => {
    const [home, phone, laptop] = await family();
    await authorRevoke(phone.context, [laptop.key]);
    phone.tell(home);
    expect([home.state(phone), home.state(laptop)]).toEqual(["admitted", "revoked"]);
  });

  it("A4: a junior is told that it cannot revoke a senior, and a stranger that it belongs to no account", async () => {
    const [home, phone, laptop] = await family();
    await expect(authorRevoke(laptop.context, [phone.key])).rejects.toEqual(refused("not-allowed"));
    await expect(authorRevoke(home.context, [new Machine().key])).rejects.toEqual(refused("not-found"));
    const stranger = new Machine();
    stranger.set = home.set;
    await expect(authorFreeze(stranger.context, home.key)).rejects.toEqual(refused("not-allowed"));
  });

  it("A9: a browser freezes and unfreezes the home node, and adds and revokes nobody", async () => {
    const [home, , laptop] = await family();
    const browser = new Machine();
    await home.admit(browser, "browser");
    await expect(authorRevoke(browser.context, [laptop.key])).rejects.toEqual(refused("not-allowed"));
    expect(() => draftAdd(browser.context, new Machine().key, "full")).toThrow(refused("not-allowed"));
    await authorFreeze(browser.context, home.key);
    expect(browser.state(home)).toBe("frozen");
    await authorUnfreeze(browser.context, home.key);
    expect(browser.state(home)).toBe("admitted");
  });

  it("A9: a frozen device authors nothing, and only the freezer unfreezes it", async () => {
    const [home, phone, laptop] = await family();
    await authorFreeze(phone.context, laptop.key);
    phone.tell(laptop);
    phone.tell(home);
    await expect(authorRevoke(laptop.context, [laptop.key])).rejects.toEqual(refused("not-allowed"));
    await expect(authorUnfreeze(home.context, laptop.key)).rejects.toEqual(refused("not-allowed"));
    await expect(authorFreeze(phone.context, phone.key)).rejects.toEqual(refused("not-allowed"));
  });

  it("A2: a device that is in already is not added again", async () => {
    const [home, phone] = await family();
    expect(() => draftAdd(home.context, phone.key, "full")).toThrow(refused("exists"));
  });

  it("A2: a countersignature by another key is refused and nothing is committed", async () => {
    const home = await new Machine().begin();
    const draft = draftAdd(home.context, new Machine().key, "full");
    const wrong = await countersignAdd(crypto, new Machine().signer, home.set.account, draft.signedPart);
    await expect(finishAdd(home.context, draft, wrong)).rejects.toEqual(refused("wrong-countersignature"));
    expect(home.set.size).toBe(1);
  });

  it("A7: the 33rd device is refused", async () => {
    const home = await new Machine().begin();
    for (let i = 0; i < 31; i++) await home.admit(new Machine());
    expect(() => draftAdd(home.context, new Machine().key, "full")).toThrow(refused("account-full"));
  });

  it("A6: ops that one device signs at the same time do not fork", async () => {
    const [home, phone, laptop] = await family();
    const draft = draftAdd(home.context, new Machine().key, "full");
    await Promise.all([
      authorFreeze(home.context, phone.key),
      authorFreeze(home.context, laptop.key),
      authorRevoke(home.context, [laptop.key]),
    ]);
    expect(home.state(home)).toBe("admitted");
    expect(home.set.opsOf(home.key).map((op) => op.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(decodeOp(crypto, home.set.all().at(-1) as Uint8Array).seq).toBe(6);
    expect(draft.prev).not.toBeNull();
  });

  it("A6: an add whose draft was overtaken by another op of the device is refused", async () => {
    const [home, phone] = await family();
    const tablet = new Machine();
    const draft = draftAdd(home.context, tablet.key, "full");
    const consent = await countersignAdd(crypto, tablet.signer, home.set.account, draft.signedPart);
    await authorFreeze(home.context, phone.key);
    await expect(finishAdd(home.context, draft, consent)).rejects.toEqual(refused("account-changed"));
  });

  it("A1: an op that cannot be stored leaves no trace, and the next one takes its number", async () => {
    const [home, phone] = await family();
    const failing: Authoring = {
      ...home.context,
      commit: () => {
        throw new Error("disk full");
      },
    };
    await expect(authorFreeze(failing, phone.key)).rejects.toThrow("disk full");
    await authorFreeze(home.context, phone.key);
    expect(home.set.lastOf(home.key)?.seq).toBe(4);
  });

  it("A1: an op names at most eight heads, and a device's first op has its admission in its past", async () => {
    const home = await new Machine().begin();
    const devices = Array.from({ length: 12 }, () => new Machine());
    for (const device of devices) await home.admit(device);
    for (const device of devices) home.tell(device);
    for (const device of devices.slice(1)) await authorFreeze(device.context, home.key);
    const [first] = devices as [Machine];
    for (const device of devices.slice(1)) device.tell(first);
    await authorFreeze(first.context, (devices[5] as Machine).key);
    first.tell(home);
    const op = home.set.lastOf(first.key);
    expect(op?.parents.length).toBe(8);
    expect(home.set.heads().length).toBe(4);
  });
});

describe("recovery", () => {
  it("A5: the words revoke a thief's devices; others' words do not", async () => {
    const words = keypairOf("words");
    const home = await new Machine().begin(recoveryHash(crypto, words.publicKey));
    const phone = new Machine();
    await home.admit(phone);
    const decision = { keep: [phone.key], voids: [], recovery: recoveryHash(crypto, keypairOf("new words").publicKey) };
    expect(() => authorRecover(crypto, phone.set, keypairOf("other words"), decision)).toThrow(refused("wrong-words"));
    phone.set.add(authorRecover(crypto, phone.set, words, decision));
    expect([phone.state(home), phone.state(phone)]).toEqual(["revoked", "admitted"]);
    expect(() => authorRecover(crypto, phone.set, words, decision)).toThrow(refused("wrong-words"));
    phone.set.add(authorRecover(crypto, phone.set, keypairOf("new words"), { ...decision, recovery: null }));
    expect(phone.set.size).toBe(4);
  });

  it("A1: the key hands over to another", async () => {
    const [words, next] = [keypairOf("words"), keypairOf("next")];
    const home = await new Machine().begin(recoveryHash(crypto, words.publicKey));
    home.set.add(authorRotation(crypto, home.set, words, recoveryHash(crypto, next.publicKey)));
    expect(() => authorRotation(crypto, home.set, words, recoveryHash(crypto, next.publicKey))).toThrow(refused("wrong-words"));
    home.set.add(authorRotation(crypto, home.set, next, recoveryHash(crypto, words.publicKey)));
    expect(home.set.state.recovery).toMatchObject({ epoch: 2, contested: false });
  });

  it("A1: the most senior device sets a key where there is none, once, and no other device does", async () => {
    const home = await new Machine().begin();
    const phone = new Machine();
    await home.admit(phone);
    const hash = recoveryHash(crypto, keypairOf("words").publicKey);
    await expect(authorFirstRecovery(phone.context, hash)).rejects.toThrow(refused("not-allowed"));
    const forced = phone.signed({ type: "set-recovery", epoch: 1, recovery: hash });
    expect(() => home.set.add(forced)).toThrow("may not set a recovery key");
    await authorFirstRecovery(home.context, hash);
    expect(home.set.state.recovery.hash).toEqual(hash);
    await expect(authorFirstRecovery(home.context, hash)).rejects.toThrow(refused("exists"));
  });

  it("B5: a new device is admitted by the words and the ops alone, and rules the account", async () => {
    const words = keypairOf("words");
    const home = await new Machine().begin(recoveryHash(crypto, words.publicKey));
    const phone = new Machine();
    await home.admit(phone);
    const fresh = new Machine();
    const { account } = home.set;
    const from = {
      crypto,
      ops: home.set.all(),
      account,
      signer: fresh.signer,
      recovery: recoveryHash(crypto, keypairOf("next").publicKey),
    };
    await expect(recoverInto({ ...from, key: keypairOf("guess") })).rejects.toThrow(refused("wrong-words"));
    fresh.set = new OpSet(crypto, account);
    for (const op of await recoverInto({ ...from, key: words, keep: [phone.key] })) fresh.set.add(op);
    expect([fresh.state(home), fresh.state(phone), fresh.state(fresh)]).toEqual(["revoked", "admitted", "admitted"]);
    fresh.tell(phone);
    expect(phone.state(fresh)).toBe("admitted");
    await authorRevoke(fresh.context, [phone.key]);
    expect(fresh.state(phone)).toBe("revoked");
  });

  it("A1: an account without a recovery key cannot be recovered", async () => {
    const home = await new Machine().begin(null);
    const none = { keep: [home.key], voids: [], recovery: null };
    expect(() => authorRecover(crypto, home.set, keypairOf("words"), none)).toThrow(refused("no-recovery"));
  });
});

it("A2: signatures are over the domain of account ops", async () => {
  const home = await new Machine().begin();
  const genesis = home.set.get(home.set.account);
  expect(crypto.verify(DOMAIN.accountOp, genesis?.signedPart as Uint8Array, genesis?.signature as Uint8Array, home.key)).toBe(true);
});
