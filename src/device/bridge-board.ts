import { z } from "zod";
import { type BridgeRow, bridgeRow } from "../api/bridges.ts";
import type { SecurityLabel } from "../security-labels/index.ts";
import type { BridgeAccount } from "../sync/content/bridged.ts";
import type { Conversation } from "../sync/core.ts";
import type { Device } from "../sync/device.ts";
import { sameBytes, toHex } from "../sync/encoding/bytes.ts";
import { Listeners } from "../sync/listeners.ts";
import { deviceText } from "../sync/log/public-id.ts";
import type { Sessions } from "../sync/session/sessions.ts";
import type { BridgePort } from "./bridge-port.ts";
import { bridgeAccounts } from "./views/newest.ts";

/** Name of the live message between own devices. */
const TOPIC = "bridges";
const rowsSchema = z.array(bridgeRow).max(1024);

/**
 * The state of all bridges as of this moment: of those hosted here, and of those that other own devices said when they
 * connected or when something changed. Never stored: what is not connected is not known.
 */
export class BridgeBoard {
  readonly changes = new Listeners<[]>();
  readonly #device: Device;
  readonly #sessions: Sessions;
  readonly #bridges: BridgePort | undefined;
  readonly #told = new Map<string, BridgeRow[]>();

  constructor(device: Device, sessions: Sessions, bridges: BridgePort | undefined) {
    this.#device = device;
    this.#sessions = sessions;
    this.#bridges = bridges;
    sessions.live.add((from, topic, text) => {
      if (topic === TOPIC) this.#hear(from, text);
    });
    sessions.peersChanged.add((peer, connected) => this.#peerChanged(peer, connected));
  }

  /** The bridges hosted here changed. */
  publish(): void {
    if (this.#bridges) this.#sessions.broadcast(TOPIC, JSON.stringify(this.#bridges.list()));
    this.changes.tell();
  }

  /** One row for each account that any own device hosts. */
  rows(): BridgeRow[] {
    return bridgeAccounts(this.#device, this.#device.ownLog).map((account) => this.#row(account));
  }

  row(account: string): BridgeRow | undefined {
    return this.rows().find((row) => row.account === account);
  }

  /** What a message to this bridged conversation would get now; undefined where that cannot be known. */
  liveLabel(conversation: Conversation): SecurityLabel | undefined {
    if (conversation.founding.kind !== "bridge") return undefined;
    const { bridge } = conversation.founding;
    const hosted = this.#bridges?.list().find((row) => row.account === bridge);
    const told = [...this.#told.values()].flat().find((row) => row.account === bridge);
    return (hosted ?? told)?.label ?? undefined;
  }

  #row(account: BridgeAccount): BridgeRow {
    const rows = sameBytes(account.device, this.#device.self) ? this.#bridges?.list() : this.#told.get(toHex(account.device));
    const live = rows?.find((row) => row.account === account.bridge);
    if (live) return live;
    const { bridge, network, name } = account;
    return {
      account: bridge,
      network,
      name,
      device: deviceText(account.device),
      state: "unknown",
      isolated: null,
      link: null,
      label: null,
    };
  }

  #hear(from: Uint8Array, text: string): void {
    const rows = rowsSchema.safeParse(tryParse(text));
    if (!rows.success) return;
    // A device speaks of its own bridges only.
    this.#told.set(
      toHex(from),
      rows.data.filter((row) => row.device === deviceText(from)),
    );
    this.changes.tell();
  }

  #peerChanged(peer: Uint8Array, connected: boolean): void {
    if (connected && this.#bridges) this.#sessions.get(peer)?.sendLive(TOPIC, JSON.stringify(this.#bridges.list()));
    if (!connected) this.#told.delete(toHex(peer));
    this.changes.tell();
  }
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
