import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Cron } from "croner";
import type { BackupPort } from "../../device/backup-port.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Log } from "../../sync/log-port.ts";
import { readPassphraseFile } from "../profile-store.ts";
import { type BackupSource, createBackup, type Made } from "./create.ts";
import { listBackups, prune, scheduledName } from "./folder.ts";
import { removeSnapshots } from "./snapshot.ts";

export interface BackupSettings {
  /** Cron expression in local time; undefined: no backups by themselves. */
  schedule: string | undefined;
  /** Absolute. */
  folder: string;
  /** How many of the scheduled ones stay. */
  keep: number;
  /** Whether the scheduled ones hold the content of files. */
  files: boolean;
}

interface Asked {
  file?: string | undefined;
  passphraseFile?: string | undefined;
  files?: boolean | undefined;
}

/** Makes backups when asked and on schedule, one at a time. */
export class Backups implements BackupPort {
  readonly #source: BackupSource;
  readonly #settings: BackupSettings;
  readonly #log: Log;
  readonly #cron: Cron | undefined;
  #running: Promise<unknown> | undefined;
  #failed: { at: number; message: string } | undefined;

  constructor(source: BackupSource, settings: BackupSettings, log: Log) {
    this.#source = source;
    this.#settings = settings;
    this.#log = log;
    this.#cron =
      settings.schedule === undefined ? undefined : new Cron(settings.schedule, { unref: true, protect: true }, () => this.#scheduled());
  }

  /** After the one that is under way. */
  async stop(): Promise<void> {
    this.#cron?.stop();
    await this.#running?.catch(() => undefined);
  }

  async create({ file, passphraseFile, files }: Asked): Promise<Made> {
    const passphrase = passphraseFile === undefined ? undefined : await readPassphraseFile(passphraseFile);
    return this.#alone(async () => createBackup(this.#source, file ?? (await this.#newFile()), passphrase, files));
  }

  async list(given: string | undefined) {
    const folder = given ?? this.#settings.folder;
    const { device } = this.#source;
    // The folder of the schedule is made with the first backup.
    const isEmpty = (error: unknown) => given === undefined && error instanceof HomeportError && error.code === "no-folder";
    const backups = await listBackups(device.crypto, folder, device.account.account).catch((error: unknown) => {
      if (isEmpty(error)) return [];
      throw error;
    });
    return { folder, backups, next: this.#cron?.nextRun()?.getTime() ?? null, failed: this.#failed ?? null };
  }

  async #newFile(): Promise<string> {
    const { folder } = this.#settings;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return join(folder, scheduledName(this.#source.device.now()));
  }

  async #scheduled(): Promise<void> {
    const { device } = this.#source;
    try {
      const { bytes, entries } = await this.create({ files: this.#settings.files });
      this.#failed = undefined;
      await prune(device.crypto, this.#settings.folder, device.account.account, this.#settings.keep);
      this.#log("info", "made a backup", { bytes, entries });
    } catch (error) {
      const message = error instanceof Error ? error.message : "unknown";
      this.#failed = { at: device.now(), message: message.slice(0, 1024) };
      this.#log("error", "the backup failed", { what: message });
    }
  }

  async #alone<T>(run: () => Promise<T>): Promise<T> {
    if (this.#running) throw new HomeportError("busy", "A backup is being made; wait until it is done.");
    const running = run();
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = undefined;
      await removeSnapshots(this.#source.data);
    }
  }
}
