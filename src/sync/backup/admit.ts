import { countersignAdd, draftOf } from "../account/author.ts";
import { encodeOp } from "../account/op.ts";
import type { OpSet } from "../account/op-set.ts";
import { recoveryHash } from "../account/recovery-key.ts";
import { DOMAIN } from "../domains.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { HomeportError } from "../errors.ts";
import type { Crypto, Signer } from "../ports.ts";

/**
 * B5: the recovery key adds the device that a backup was restored into, and decides nothing else: unlike a recovery, an add does
 * away with nothing that happened on other devices since the backup. Not committed. Throws `wrong-words`, `no-recovery`.
 */
export async function addByWords(
  crypto: Crypto,
  set: OpSet,
  key: { publicKey: Uint8Array; secretKey: Uint8Array },
  signer: Signer,
): Promise<Uint8Array> {
  const { hash } = set.state.recovery;
  if (hash === null)
    throw new HomeportError("no-recovery", "The account has no recovery words; link this device with --join LINK instead.");
  if (!sameBytes(hash, recoveryHash(crypto, key.publicKey)))
    throw new HomeportError("wrong-words", "The account has other recovery words than these; link this device with --join LINK instead.");
  const { signedPart } = draftOf(crypto, set, key.publicKey, { type: "add", device: signer.publicKey, class: "full" });
  const consent = await countersignAdd(crypto, signer, set.account, signedPart);
  return encodeOp(signedPart, crypto.sign(DOMAIN.accountOp, signedPart, key.secretKey), consent);
}
