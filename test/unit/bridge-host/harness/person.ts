import { authorRevoke, countersignAdd, createGenesis, draftAdd, finishAdd } from "../../../../src/sync/account/author.ts";
import { OpSet } from "../../../../src/sync/account/op-set.ts";
import { createSeedSigner } from "../../../../src/sync/crypto/seed-signer.ts";
import { createSodiumCrypto, createRandom } from "../../../../src/sync/crypto/sodium.ts";
import type { Crypto, Random, Signer } from "../../../../src/sync/ports.ts";

/** One person with a home PC and a phone. */
export interface Person {
  crypto: Crypto;
  random: Random;
  home: Signer;
  phone: Signer;
  dataKey: Uint8Array;
  account: Uint8Array;
  /** Parents first. */
  ops: Uint8Array[];
  /** The op by which the home PC throws the phone out. */
  revokePhone(): Promise<Uint8Array>;
}

let made: Promise<Person> | undefined;

/** Always the same one in a test file, as making one costs signatures. */
export function person(): Promise<Person> {
  made ??= make();
  return made;
}

async function make(): Promise<Person> {
  const crypto = await createSodiumCrypto();
  const random = createRandom();
  const home = createSeedSigner(crypto, random.bytes(32));
  const phone = createSeedSigner(crypto, random.bytes(32));
  const { account, op } = await createGenesis(crypto, random, home, { recovery: null });
  const set = new OpSet(crypto, account);
  set.add(op);
  const context = { crypto, set, signer: home, commit: (bytes: Uint8Array) => void set.add(bytes) };
  const draft = draftAdd(context, phone.publicKey, "full");
  await finishAdd(context, draft, await countersignAdd(crypto, phone, account, draft.signedPart));
  const ops = set.all();
  const revokePhone = () => authorRevoke({ ...context, commit: () => undefined }, [phone.publicKey]);
  return { crypto, random, home, phone, dataKey: random.bytes(32), account, ops, revokePhone };
}
