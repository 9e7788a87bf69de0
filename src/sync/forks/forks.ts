import type { Projection } from "../core.ts";
import type { Sql } from "../ports.ts";
import type { ForkedFeed } from "./proof.ts";

/** Forks of one device that are told to the others; whoever makes more is known well enough. */
export const MAX_TOLD = 64;

export const forkTable: Projection = {
  name: "forks",
  migrations: [
    `
    -- B5: from seq on there are two entries in one place. The conversation may not be known here yet.
    create table fork (conversation blob not null, device blob not null, incarnation blob not null, seq integer not null, at integer not null,
      primary key (conversation, device, incarnation)) without rowid;
    create index fork_device on fork (device);
    `,
  ],
};

/** B5: which feeds were found to fork, and where. */
export class Forks {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** False where as much was known. The first place at which a feed parts holds, so that the order of arrival plays no part. */
  learn({ conversation, device, incarnation, seq }: ForkedFeed, now: number): boolean {
    const { changes } = this.#sql.run(
      `insert into fork (conversation, device, incarnation, seq, at) values (?, ?, ?, ?, ?)
       on conflict do update set seq = excluded.seq where excluded.seq < fork.seq`,
      ...[conversation, device, incarnation, seq, now],
    );
    return changes > 0;
  }

  /** From where on the feed does not count. */
  at(conversation: Uint8Array, device: Uint8Array, incarnation: Uint8Array): number | undefined {
    const sql = "select seq from fork where conversation = ? and device = ? and incarnation = ?";
    return this.#sql.get<{ seq: number }>(sql, conversation, device, incarnation)?.seq;
  }

  /** Feeds of this device that are known to fork. */
  count(device: Uint8Array): number {
    return this.#sql.get<{ n: number }>("select count(*) as n from fork where device = ?", device)?.n ?? 0;
  }

  /** One for each incarnation in which a device forked, with the time at which this device learned of it; the first ones. */
  all(most: number): { device: Uint8Array; incarnation: Uint8Array; at: number }[] {
    return this.#sql.all(
      "select device, incarnation, min(at) as at from fork group by device, incarnation order by min(at), device, incarnation limit ?",
      most,
    );
  }
}
