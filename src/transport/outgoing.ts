import type { Stream } from "@libp2p/interface";
import { sameBytes } from "../sync/encoding/bytes.ts";
import { HomeportError } from "../sync/errors.ts";
import type { Link } from "../sync/ports.ts";
import { type Dialler, dialPeer } from "./dial.ts";
import type { Links } from "./links.ts";
import { PROTOCOLS } from "./protocols.ts";
import type { LinkProtocol } from "./types.ts";

interface Dial {
  peer: Uint8Array;
  controller: AbortController;
}

/** Dials in progress, each of which can be given up by the key that it is for. */
export class Outgoing {
  readonly #dialler: Dialler;
  readonly #links: Links;
  readonly #dials = new Set<Dial>();

  constructor(dialler: Dialler, links: Links) {
    this.#dialler = dialler;
    this.#links = links;
  }

  async dial(peer: Uint8Array, addresses: readonly string[], protocol: LinkProtocol, signal?: AbortSignal): Promise<Link> {
    const dial = { peer, controller: new AbortController() };
    this.#dials.add(dial);
    try {
      const given = [dial.controller.signal, ...(signal === undefined ? [] : [signal])];
      return await this.#open(peer, addresses, protocol, AbortSignal.any(given));
    } finally {
      this.#dials.delete(dial);
    }
  }

  /** Gives up the dials to one key, or all. */
  abandon(peer?: Uint8Array): void {
    for (const dial of this.#dials) {
      if (peer !== undefined && !sameBytes(dial.peer, peer)) continue;
      dial.controller.abort(new HomeportError("disconnected", "The connection was given up before it was made."));
    }
  }

  async #open(peer: Uint8Array, addresses: readonly string[], protocol: LinkProtocol, signal: AbortSignal): Promise<Link> {
    const connection = await dialPeer(this.#dialler, peer, addresses, signal);
    try {
      const timeout = AbortSignal.timeout(this.#dialler.timeout);
      const stream: Stream = await connection.newStream(PROTOCOLS[protocol], { signal: AbortSignal.any([signal, timeout]) });
      const link = this.#links.attach(stream, connection);
      if (link !== undefined) return link;
      throw new Error("closed meanwhile");
    } catch {
      connection.abort(new Error("no stream could be opened"));
      signal.throwIfAborted();
      throw new HomeportError("unreachable", "The device answered and hung up: perhaps it does not know this device.");
    }
  }
}
