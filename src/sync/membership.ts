import { type AccountState, standingOf } from "./account/resolve.ts";
import type { Founding } from "./core.ts";
import { sameBytes } from "./encoding/bytes.ts";

/**
 * J4: may this device have entries of this conversation? The one function that every route asks. Conversations of bridges
 * and the own-devices log belong to the person's own devices, and of these only to admitted ones (A7, A9).
 */
export function mayHave(account: AccountState, device: Uint8Array, founding: Founding): boolean {
  switch (founding.kind) {
    case "self":
    case "bridge":
      return sameBytes(founding.account, account.account) && standingOf(account, device)?.state === "admitted";
  }
}

export type Authorship = "accepted" | "waits";

/**
 * Whose entries are taken: an admitted device's, and a revoked one's, of which those behind its cut are kept unseen (C2). A frozen or unknown device's entries
 * wait (A9): they are not taken, and asked for again when the account changes.
 */
export function authorship(account: AccountState, device: Uint8Array, founding: Founding): Authorship {
  if (!sameBytes(founding.account, account.account)) return "waits";
  switch (standingOf(account, device)?.state) {
    case "admitted":
    case "revoked":
      return "accepted";
    default:
      return "waits";
  }
}
