import type { Writer } from "../../sync/core.ts";
import type { BridgeStore } from "./bridge-store.ts";
import type { Timers } from "./timers.ts";

const RETRY_MS = 1_000;

export interface DurableWritesDeps {
  store: BridgeStore;
  timers: Timers;
  failed: (what: string, error: unknown) => void;
  /** True once nobody waits for the writes any more: what is not written then is found in doubt at the next start. */
  isOver: () => boolean;
}

/** Writes what has happened already and so must not get lost: where the disk fails, again until it does not. */
export class DurableWrites {
  readonly #deps: DurableWritesDeps;

  constructor(deps: DurableWritesDeps) {
    this.#deps = deps;
  }

  /** One commit. */
  async write(run: (writer: Writer) => void): Promise<void> {
    const { store, timers, failed, isOver } = this.#deps;
    for (;;) {
      try {
        return store.transact(run);
      } catch (error) {
        failed("the outbox could not be written", error);
        if (isOver()) return;
        await timers.sleep(RETRY_MS);
      }
    }
  }
}
