import type { Result } from "../api/methods.ts";

/**
 * What the commands that start or make a device need of `src/node`. It is loaded only when one of them runs: the others are
 * clients of the socket and stay light.
 */
export type VaultKind = "file" | "passphrase" | "keyring" | "systemd";

/** Called when the passphrase is needed, and only then; the bytes are the callee's to wipe. */
export type AskPassphrase = () => Promise<Uint8Array>;

export interface InitOptions {
  /** Data folder, absolute. */
  data: string;
  /** Name of this device. */
  name: string;
  vault: VaultKind;
  passphrase: AskPassphrase;
  /**
   * Takes the 24 words (UTF-8, separated by spaces) to the person. Awaited before anything is stored: when it throws, no
   * profile is made. Undefined: an account without a recovery key.
   */
  showRecovery?: ((words: Uint8Array) => Promise<void>) | undefined;
}

export interface InitResult {
  account: string;
  device: string;
  /** Of the device key, as people compare it. */
  fingerprint: string;
  /** What its vault protects from, in words. */
  protects?: string;
}

export interface JoinOptions {
  data: string;
  link: string;
  name: string;
  vault: VaultKind;
  passphrase: AskPassphrase;
  /** Called once both sides know the short code (K5). */
  onCode(code: string): void | Promise<void>;
  /** When it is aborted, no profile is left behind. */
  signal: AbortSignal;
}

export interface JoinResult {
  account: string;
  device: string;
}

/** What opens a backup: the recovery words as UTF-8, or its passphrase. */
export type BackupSecret = { words: Uint8Array } | { passphrase: Uint8Array };

export interface VerifiedBackup {
  file: string;
  bytes: number;
  /** Milliseconds since 1970. */
  created: number;
  account: string;
  opens: ("words" | "passphrase")[];
  /** Opened and authentic to the end; else only checked for damage. */
  opened: boolean;
  entries: number | null;
}

export interface RestoreOptions {
  /** The backup, and a data folder without a profile; absolute. */
  file: string;
  data: string;
  name: string;
  vault: VaultKind;
  /** Of the new vault. */
  passphrase: AskPassphrase;
  secret: BackupSecret;
  /** The link of another device that lets this one in; undefined: the words do. */
  link: string | undefined;
  onCode(code: string): void | Promise<void>;
  signal: AbortSignal;
}

export interface RestoreResult extends JoinResult {
  /** Of the backup. */
  created: number;
  entries: number;
}

/** As `loadConfig` of `src/node/config.ts` takes them. */
export interface DaemonOptions {
  data?: string | undefined;
  configFile?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  flags: {
    name?: string | undefined;
    listen?: string[] | undefined;
    http?: string | undefined;
    https?: string | undefined;
    webrtc?: string | undefined;
    relay?: boolean | undefined;
    relayAt?: string[] | undefined;
    mdns?: boolean | undefined;
    peer?: string[] | undefined;
    passphraseFile?: string | undefined;
    logLevel?: string | undefined;
    logFile?: string | undefined;
    metrics?: string | undefined;
  };
  /** For a vault that needs one where no file was named. */
  passphrase: AskPassphrase;
  /** Where the vault does not open by itself: start locked, and wait. */
  locked?: boolean | undefined;
}

export interface Daemon {
  account: string;
  device: string;
  addresses: string[];
  /** Waits for `unlock`. */
  locked: boolean;
  /** With its one-time token in the fragment; null with `--http off`. */
  url: string | null;
  /** Ends everything in order. */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects when the daemon cannot go on. */
  stopped: Promise<void>;
}

/** What `account.export` answers. */
export type Records = Result<"account.export">;

export interface WithWords {
  records: Records;
  /** The 24 words, UTF-8; wiped. */
  words: Uint8Array;
  /** Takes the next words to the person; nothing is signed where it throws. */
  showRecovery(words: Uint8Array): Promise<void>;
}

export interface Kept {
  /** Ids of the devices that stay. */
  keep: readonly string[];
}

export interface ServiceOptions {
  data: string;
  /** The folder is the platform's. */
  usual: boolean;
  system: boolean;
  user?: string | undefined;
  passphraseFile?: string | undefined;
  start: boolean;
  env: Readonly<Record<string, string | undefined>>;
}

export interface ServiceResult {
  unit: string;
  path: string;
  scope: "user" | "system";
  started: boolean;
  notes: string[];
}

export interface NodeEntry {
  /** The folder of `--data` or `HOMEPORT_DATA`, else the platform's. */
  dataFolder(data: string | undefined, env: Readonly<Record<string, string | undefined>>): Promise<string>;
  hasProfile(data: string): Promise<boolean>;
  /** Throws `exists` where there is a profile. */
  initProfile(options: InitOptions): Promise<InitResult>;
  /** Resolves when it answers calls. Throws `locked` where another daemon runs on the folder, `no-profile` where there is none. */
  runDaemon(options: DaemonOptions): Promise<Daemon>;
  /** Throws `wrong-link` for a wrong, used or expired link, `exists` where there is a profile. */
  joinByLink(options: JoinOptions): Promise<JoinResult>;
  /** Each returns what is to be imported. Throws `wrong-words`, `no-recovery`. */
  signRecovery(options: WithWords & Kept): Promise<Records>;
  signRotation(options: WithWords): Promise<Records>;
  /** The hash of the key that the words stand for. */
  makeFirstWords(showRecovery: (words: Uint8Array) => Promise<void>): Promise<string>;
  /** Throws `malformed` for what `account export` did not write. */
  readRecords(text: string): Promise<{ records: Records; devices: { device: string; name: string; state: string }[] }>;
  /** A profile of its own for a device that the words let in. Throws `exists`, `wrong-words`. */
  recoverProfile(options: WithWords & Kept & Pick<InitOptions, "data" | "name" | "vault" | "passphrase">): Promise<JoinResult>;
  /** Throws `unsupported` without systemd, `exists` where a unit of somebody else's lies. */
  installService(options: ServiceOptions): Promise<ServiceResult>;
  removeService(options: Omit<ServiceOptions, "start">): Promise<Omit<ServiceResult, "notes" | "started">>;
  /** Throws `not-a-backup`, `newer-backup`, `damaged-backup`, `wrong-words`, `wrong-passphrase`. */
  verifyBackup(file: string, secret: BackupSecret | undefined): Promise<VerifiedBackup>;
  /** Throws the same, `exists`, and what `joinByLink` throws. */
  restoreBackup(options: RestoreOptions): Promise<RestoreResult>;
}

export const nodeEntry: NodeEntry = {
  dataFolder: async (data, env) => (await import("../node/folders.ts")).dataFolder(data, env),
  hasProfile: async (data) => (await import("../node/profile.ts")).hasProfile(data),
  initProfile: async (options) => (await import("../node/profile.ts")).initProfile(options),
  runDaemon: async (options) => (await import("../node/keeper.ts")).runDaemon(options),
  joinByLink: async (options) => (await import("../node/join.ts")).joinByLink(options),
  signRecovery: async (options) => (await import("../node/recover.ts")).signRecovery(options),
  signRotation: async (options) => (await import("../node/recover.ts")).signRotation(options),
  makeFirstWords: async (show) => (await import("../node/recover.ts")).makeFirstWords(show),
  readRecords: async (text) => (await import("../node/recover.ts")).readRecords(text),
  recoverProfile: async (options) => (await import("../node/recover.ts")).recoverProfile(options),
  installService: async (options) => (await import("../node/service/install.ts")).installService(options),
  removeService: async (options) => (await import("../node/service/install.ts")).removeService(options),
  verifyBackup: async (file, secret) => (await import("../node/backup/entry.ts")).verify(file, secret),
  restoreBackup: async (options) => (await import("../node/backup/entry.ts")).restore(options),
};
