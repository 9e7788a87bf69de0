import { DOMAIN } from "../domains.ts";
import type { Signer, Sql } from "../ports.ts";
import type { Postponed } from "./postponed.ts";

export interface SigningParts {
  sql: Sql;
  signer: Signer;
  postponed: Postponed;
  isClosed(): boolean;
  /** What was signed may travel. */
  signed(): void;
}

/** Own entries are signed after the commit that numbers them, and their signatures are stored with the next one. */
export class Signing {
  readonly #parts: SigningParts;

  constructor(parts: SigningParts) {
    this.#parts = parts;
  }

  /** Ids by row of the entry. */
  async sign(ids: ReadonlyMap<number, Uint8Array>): Promise<void> {
    if (ids.size === 0) return;
    const { signer, postponed, isClosed, signed } = this.#parts;
    for (const [row, id] of ids) {
      const signature = await signer.sign(DOMAIN.entrySignature, id);
      if (isClosed()) return;
      postponed.sign(row, signature);
    }
    signed();
  }

  /** A crash between commit and signature leaves an own head without one. */
  unsignedHeads(): Map<number, Uint8Array> {
    const { sql, signer } = this.#parts;
    const rows = sql.all<{ row: number; hash: Uint8Array }>(
      `select e.row, e.hash from feed f join entry e on e.feed = f.row and e.seq = f.head_seq where f.device = ? and e.signature is null`,
      signer.publicKey,
    );
    return new Map(rows.map(({ row, hash }) => [row, hash]));
  }
}
