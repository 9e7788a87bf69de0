import type { Connection } from "@libp2p/interface";
import { sameBytes } from "../sync/encoding/bytes.ts";
import { keyOf } from "./keys.ts";
import type { TransportLimits } from "./limits.ts";
import type { StreamLink } from "./stream-link.ts";

export interface ConnectionRecord {
  readonly connection: Connection;
  readonly key: Uint8Array;
  /** Milliseconds of a clock that does not jump. */
  readonly opened: number;
  /** Since when it has no link. */
  idleSince: number;
  readonly links: Set<StreamLink>;
}

export type Refusal = "not Ed25519" | "too many strangers" | "too many connections of one key";

/** Which connections there are, which links go over them, and which of them have to go. */
export class ConnectionBook {
  readonly #limits: TransportLimits;
  readonly #isKnown: (key: Uint8Array) => boolean;
  readonly #records = new Map<Connection, ConnectionRecord>();

  constructor(limits: TransportLimits, isKnown: (key: Uint8Array) => boolean) {
    this.#limits = limits;
    this.#isKnown = isKnown;
  }

  /** Enters an open connection, or says why it has to be closed. Limits hold for inbound ones only. */
  enter(connection: Connection, now: number): ConnectionRecord | Refusal {
    const key = keyOf(connection.remotePeer);
    if (key === undefined) return "not Ed25519";
    const refusal = connection.direction === "inbound" ? this.#refusal(key) : undefined;
    if (refusal !== undefined) return refusal;
    const record = { connection, key, opened: now, idleSince: now, links: new Set<StreamLink>() };
    this.#records.set(connection, record);
    return record;
  }

  leave(connection: Connection): void {
    this.#records.delete(connection);
  }

  of(connection: Connection): ConnectionRecord | undefined {
    return this.#records.get(connection);
  }

  all(): ConnectionRecord[] {
    return [...this.#records.values()];
  }

  ofPeer(key: Uint8Array): ConnectionRecord[] {
    return this.all().filter((record) => sameBytes(record.key, key));
  }

  /** Connections without a link for too long, and strangers that stay too long. */
  overdue(now: number): ConnectionRecord[] {
    const { idle, strangerLifetime } = this.#limits;
    return this.all().filter((record) => {
      if (record.links.size === 0 && now - record.idleSince >= idle) return true;
      return isInbound(record) && now - record.opened >= strangerLifetime && !this.#isKnown(record.key);
    });
  }

  #refusal(key: Uint8Array): Refusal | undefined {
    const inbound = this.all().filter(isInbound);
    if (inbound.filter((record) => sameBytes(record.key, key)).length >= this.#limits.connectionsPerPeer) {
      return "too many connections of one key";
    }
    if (this.#isKnown(key)) return undefined;
    const strangers = inbound.filter((record) => !this.#isKnown(record.key)).length;
    return strangers >= this.#limits.strangers ? "too many strangers" : undefined;
  }
}

export const isInbound = (record: ConnectionRecord): boolean => record.connection.direction === "inbound";
