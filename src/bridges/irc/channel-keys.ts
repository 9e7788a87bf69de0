import { createHash } from "node:crypto";
import type { ConvId, Host } from "../contract/index.ts";

/** Keys of channels (`+k`), kept in the host's vault so that they can be joined again after a restart. */
export class ChannelKeys {
  readonly #vault: Host["vault"];

  constructor(vault: Host["vault"]) {
    this.#vault = vault;
  }

  get(conv: ConvId): Promise<string | undefined> {
    return this.#vault.get(entry(conv));
  }

  async set(conv: ConvId, key: string | undefined): Promise<void> {
    await this.#vault.set(entry(conv), key);
  }
}

/** Names of channels can be longer than names in the vault. */
function entry(conv: ConvId): string {
  return `channel-key:${createHash("sha256").update(conv).digest("base64url")}`;
}
