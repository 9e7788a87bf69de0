import type { Device } from "../sync/device.ts";
import { toHex } from "../sync/encoding/bytes.ts";
import type { FilePeers } from "../sync/files/peers.ts";
import type { Link } from "../sync/ports.ts";
import type { Session } from "../sync/session/session.ts";
import type { Sessions } from "../sync/session/sessions.ts";
import type { Transport } from "../transport/types.ts";

/** Name of the live message between own devices. */
const TOPIC = "files";
const DIAL_AGAIN_MS = 1_000;

export interface SessionFilePeersOptions {
  device: Device;
  sessions: Sessions;
  transport: Transport;
  /** Takes a link that was dialled here. */
  add(link: Link): void;
}

/**
 * Files go over a connection of their own, so that a long transfer never stands before a message. It is dialled by the side that
 * dialled the session, for only that one is known to get through.
 */
export class SessionFilePeers implements FilePeers {
  readonly changes: Sessions["peersChanged"];
  readonly #options: SessionFilePeersOptions;
  readonly #dialled = new Map<string, number>();

  constructor(options: SessionFilePeersOptions) {
    this.#options = options;
    this.changes = options.sessions.peersChanged;
    options.sessions.live.add((from, topic) => {
      if (topic === TOPIC) this.#asked(from);
    });
  }

  online(): Uint8Array[] {
    return this.#options.sessions.all().map(({ peer }) => peer.device);
  }

  reach(device: Uint8Array): void {
    const session = this.#options.sessions.get(device);
    if (session?.link.outbound) void this.#dial(session);
    else session?.sendLive(TOPIC, JSON.stringify("dial"));
  }

  #asked(device: Uint8Array): void {
    const session = this.#options.sessions.get(device);
    const now = this.#options.device.now();
    const last = this.#dialled.get(toHex(device));
    if (!session?.link.outbound || (last !== undefined && Math.abs(now - last) < DIAL_AGAIN_MS)) return;
    this.#dialled.set(toHex(device), now);
    void this.#dial(session);
  }

  async #dial({ link, peer }: Session): Promise<void> {
    const { device, transport, add } = this.#options;
    try {
      add(await transport.dial(link.peer, [link.address, ...peer.addresses], "files"));
    } catch (error) {
      device.log("debug", "no link for files", { device: peer.name, why: error instanceof Error ? error.message : "unknown" });
    }
  }
}
