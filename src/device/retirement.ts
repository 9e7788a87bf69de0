import { compareRanks } from "../sync/account/rank.ts";
import { type DeviceStanding, standingOf } from "../sync/account/resolve.ts";
import { KIND } from "../sync/content/kinds.ts";
import type { Projection } from "../sync/core.ts";
import type { Device } from "../sync/device.ts";
import { sameBytes } from "../sync/encoding/bytes.ts";
import { HomeportError } from "../sync/errors.ts";
import type { Sessions } from "../sync/session/sessions.ts";
import { revokeDevice } from "./revocation.ts";

/** A browser that was silent for so long, while its home node ran, is shut out (W1). */
export const MOST_SILENCE_MS = 30 * 24 * 3600 * 1000;
/** How often it is looked. */
export const LOOK_MS = 10 * 60_000;

export const retirementTable: Projection = {
  name: "retirement",
  kinds: new Set(),
  migrations: [
    `
    -- How long each browser was silent while this device ran, and what of it was known then.
    create table browser_silence (device blob primary key, silent integer not null, row integer not null, seen integer) without rowid;
    `,
  ],
};

interface Heard {
  silent: number;
  row: number;
  seen: number | null;
}

/**
 * W1: browsers are wiped, sold and forgotten without a word, and each has the keys of a device. The node that let one in shuts it out
 * when nothing was heard of it for 30 days. Counted is the time in which this node ran and could have heard it: neither a clock
 * that jumps nor a node that was switched off makes a browser silent.
 */
export class Retirement {
  readonly #device: Device;
  readonly #sessions: Sessions;
  #cancel: (() => void) | undefined;

  constructor(device: Device, sessions: Sessions) {
    this.#device = device;
    this.#sessions = sessions;
    this.#plan();
  }

  stop(): void {
    this.#cancel?.();
  }

  #plan(): void {
    this.#cancel = this.#device.clock.after(LOOK_MS, () => {
      void this.#look();
      this.#plan();
    });
  }

  async #look(): Promise<void> {
    try {
      for (const browser of this.#browsers()) if (this.#count(browser) >= MOST_SILENCE_MS) await this.#retire(browser);
    } catch (error) {
      if (!(error instanceof HomeportError)) throw error;
      this.#device.log("warn", "a browser could not be shut out", { why: error.message });
    }
  }

  /** Those that this device is to look after: it let them in, or whoever did is out and nobody who is in is senior to it. */
  #browsers(): DeviceStanding[] {
    const { account, self } = this.#device;
    const admitted = [...account.devices.values()].filter(({ state }) => state === "admitted");
    const full = admitted.filter((device) => device.class === "full").sort((a, b) => compareRanks(a.rank, b.rank));
    const isIn = (key: Uint8Array | null) => key !== null && full.some((device) => sameBytes(device.key, key));
    const keeper = ({ sponsor }: DeviceStanding) => (isIn(sponsor) ? sponsor : full[0]?.key);
    return admitted.filter((device) => device.class === "browser" && sameBytes(keeper(device) ?? new Uint8Array(), self));
  }

  /** Milliseconds of silence, this look included. */
  #count({ key }: DeviceStanding): number {
    const { sql } = this.#device;
    const last = sql.get<Heard>("select silent, row, seen from browser_silence where device = ?", key);
    const row = sql.get<{ row: number | null }>(
      "select max(e.row) as row from feed f join entry e on e.feed = f.row and e.seq = f.head_seq where f.device = ?",
      key,
    );
    const newest = row?.row ?? 0;
    const seen = this.#device.records.get(key)?.lastSeen ?? null;
    const isSame = last !== undefined && newest <= last.row && seen === last.seen;
    const isHeard = this.#sessions.get(key) !== undefined || !isSame;
    const silent = isHeard ? 0 : (last?.silent ?? 0) + LOOK_MS;
    this.#device.transact((writer) =>
      writer.sql.run("insert or replace into browser_silence (device, silent, row, seen) values (?, ?, ?, ?)", key, silent, newest, seen),
    );
    return silent;
  }

  /** All own devices tell the person. */
  async #retire({ key }: DeviceStanding): Promise<void> {
    const name = this.#device.records.get(key)?.name ?? "";
    this.#device.log("warn", "a browser was silent for 30 days and is shut out", { device: name });
    await revokeDevice(this.#device, key);
    const op = standingOf(this.#device.account, key)?.why.op;
    if (op) this.#device.transact((writer) => writer.append(this.#device.ownLog.row, KIND.retired, { device: key, op }));
  }
}
