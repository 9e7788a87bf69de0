import type { SecurityFacts } from "../../security-labels/index.ts";
import type { MsgId, MsgRef, Reconciled, TxnId } from "../contract/index.ts";

/** Commands remembered; an older one counts as one of an earlier process. */
const MAX_ENTRIES = 10_000;

/** What the network made of a command. */
interface Acknowledged {
  refs: MsgRef[];
  aliases?: MsgId[] | undefined;
  sec: SecurityFacts;
}

type Entry = { state: "waiting"; cancel: () => void } | { state: "written" } | ({ state: "acked" } & Acknowledged);

/** What this process knows of the commands that it was given. A process before it may have written what is not in here. */
export class Journal {
  readonly #entries = new Map<TxnId, Entry>();

  /** What was written once stays in doubt, however often it is tried again. */
  waiting(txn: TxnId, cancel: () => void): void {
    const state = this.#entries.get(txn)?.state ?? "waiting";
    if (state === "waiting") this.#put(txn, { state, cancel });
  }

  /** The result of a command that has already been done. */
  done(txn: TxnId): Acknowledged | undefined {
    const entry = this.#entries.get(txn);
    return entry?.state === "acked" ? entry : undefined;
  }

  /** To be called before the first byte goes out. */
  written(txn: TxnId): void {
    this.#put(txn, { state: "written" });
  }

  acked(txn: TxnId, refs: MsgRef[], sec: SecurityFacts, aliases?: MsgId[]): void {
    this.#put(txn, { state: "acked", refs, sec, ...(aliases ? { aliases } : {}) });
  }

  /** `no` only where the line never left, and after making sure that it never will. */
  reconcile(txn: TxnId): Reconciled {
    const entry = this.#entries.get(txn);
    if (entry?.state === "acked") {
      const { state: _, ...known } = entry;
      return { txn, found: "yes", ...known };
    }
    if (entry?.state !== "waiting") return { txn, found: "cannot-know" };
    entry.cancel();
    return { txn, found: "no" };
  }

  #put(txn: TxnId, entry: Entry): void {
    this.#entries.delete(txn);
    this.#entries.set(txn, entry);
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value ?? txn);
  }
}
