import { createSodiumCrypto } from "../../sync/crypto/sodium.ts";
import { accountText } from "../../sync/log/public-id.ts";
import { joinByLink } from "../join.ts";
import { restoreBackup } from "./restore.ts";
import type { BackupSecret } from "./secret.ts";
import { verifyBackup } from "./verify.ts";

interface RestoreOptions {
  file: string;
  data: string;
  name: string;
  vault: string;
  passphrase: () => Promise<Uint8Array>;
  secret: BackupSecret;
  link: string | undefined;
  onCode(code: string): void | Promise<void>;
  signal: AbortSignal;
}

/** For the command line, which has no daemon here. */
export async function verify(file: string, secret: BackupSecret | undefined) {
  const crypto = await createSodiumCrypto();
  const { account, ...verified } = await verifyBackup(crypto, file, secret);
  return { ...verified, account: accountText(account) };
}

/** For the command line: by the words, or by the link of another device. */
export async function restore({ link, onCode, signal, ...options }: RestoreOptions) {
  const { data, name, vault, passphrase } = options;
  if (link === undefined) return restoreBackup(options);
  return restoreBackup({ ...options, join: (restored) => joinByLink({ data, link, name, vault, passphrase, onCode, signal, restored }) });
}
