import { HomeportError, MalformedError } from "../../sync/errors.ts";
import type { Clock, Crypto, Link } from "../../sync/ports.ts";
import { type Answer, decodeAnswer, encodeAttempt } from "./frames.ts";
import { derivePassphraseKey } from "./passphrase-key.ts";
import type { KnownDoor } from "./projection.ts";

/** Milliseconds that the other side may take. */
const PATIENCE_MS = 15_000;

export interface KnockOptions {
  crypto: Crypto;
  clock: Clock;
  door: KnownDoor;
  /** Wiped as soon as its key is derived. */
  passphrase: Uint8Array;
  /** Opens a link to the holder of the door's transport key. */
  dial(): Promise<Link>;
}

/**
 * Unlocks another own device. The passphrase stays here: what travels is the key that it gives with the salt which that device
 * signed. Rejects with `wrong-passphrase`, `busy` or `unreachable`.
 */
export async function knock({ crypto, clock, door, passphrase, dial }: KnockOptions): Promise<void> {
  const key = derivePassphraseKey(crypto, passphrase, door.salt);
  crypto.wipe(passphrase);
  try {
    const answer = await attempt(await dial(), key, clock);
    if (answer === "wrong") throw new HomeportError("wrong-passphrase", "That is not the passphrase of that device.");
    if (answer === "later") throw new HomeportError("busy", "Too many attempts. Try again in a minute.");
  } finally {
    crypto.wipe(key);
  }
}

function attempt(link: Link, key: Uint8Array, clock: Clock): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new HomeportError("unreachable", "The device hung up. Is it locked, and does it know this device?"));
    const cancel = clock.after(PATIENCE_MS, () => {
      gone();
      link.close();
    });
    link.start({
      frame(bytes) {
        try {
          resolve(decodeAnswer(bytes));
        } catch (error) {
          if (error instanceof MalformedError)
            reject(new HomeportError("unreachable", "The device gave an answer that makes no sense.", { cause: error }));
          else throw error;
        }
        link.close();
      },
      closed() {
        cancel();
        gone();
      },
    });
    link.send(encodeAttempt(key)).catch(gone);
  });
}
