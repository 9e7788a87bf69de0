import type { MultiaddrConnection } from "@libp2p/interface";
import { MAX_UNSENT } from "./limits.ts";
import type { RefusalLog } from "./refusal-log.ts";

/**
 * Inbound handshakes going on, of which there are never more than `limit`: the oldest gives way to a newer one. Honest
 * ones end in milliseconds, so that a flood of half handshakes mostly cuts itself.
 */
export class Handshakes {
  readonly #limit: number;
  readonly #refusals: RefusalLog;
  readonly #going = new Set<MultiaddrConnection>();

  constructor(limit: number, refusals: RefusalLog) {
    this.#limit = limit;
    this.#refusals = refusals;
  }

  begin(connection: MultiaddrConnection): void {
    connection.maxWriteBufferLength = MAX_UNSENT;
    this.#going.add(connection);
    connection.addEventListener("close", () => this.#going.delete(connection), { once: true });
    if (this.#going.size <= this.#limit) return;
    const [oldest] = this.#going;
    this.#refusals.add("too many handshakes at once");
    oldest?.abort(new Error("a newer handshake took its place"));
  }

  end(connection: MultiaddrConnection): void {
    this.#going.delete(connection);
  }
}
