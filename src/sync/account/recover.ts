import { DOMAIN } from "../domains.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { HomeportError } from "../errors.ts";
import type { Crypto } from "../ports.ts";
import { draftOf } from "./author.ts";
import { encodeOp } from "./op.ts";
import type { OpSet } from "./op-set.ts";
import { governing, isRecover } from "./recovery.ts";
import { recoveryHash } from "./recovery-key.ts";

export interface RecoverDecision {
  /** Keys of the devices that stay; all others are revoked. */
  keep: readonly Uint8Array[];
  /** Ids of earlier ops that are to have no effect. */
  voids: readonly Uint8Array[];
  /** Hash of the recovery key that holds from now on; the same one again, another, or null for none. */
  recovery: Uint8Array | null;
}

/** A5: signs a `recover`. Not committed. Throws `wrong-words` where the key is not the account's. */
export function authorRecover(
  crypto: Crypto,
  set: OpSet,
  key: { publicKey: Uint8Array; secretKey: Uint8Array },
  decision: RecoverDecision,
): Uint8Array {
  const { hash, epoch } = inForce(set);
  if (hash === null || !sameBytes(hash, recoveryHash(crypto, key.publicKey))) {
    throw new HomeportError("wrong-words", "These recovery words are not those of the account.");
  }
  const { signedPart } = draftOf(crypto, set, key.publicKey, { type: "recover", epoch: epoch + 1, ...decision });
  return encodeOp(signedPart, crypto.sign(DOMAIN.accountOp, signedPart, key.secretKey), null);
}

function inForce(set: OpSet): { hash: Uint8Array | null; epoch: number } {
  const last = governing(set.operations().filter(isRecover));
  if (last !== undefined) return { hash: last.body.recovery, epoch: last.body.epoch };
  const genesis = set.get(set.account)?.body;
  return { hash: genesis?.type === "genesis" ? genesis.recovery : null, epoch: 0 };
}
