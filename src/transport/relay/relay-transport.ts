import type { Connection, DialTransportOptions, Logger, Upgrader } from "@libp2p/interface";
import { transportSymbol } from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { HomeportError } from "../../sync/errors.ts";
import type { Link } from "../../sync/ports.ts";
import { parseAddress, withoutPeer } from "../addresses.ts";
import type { TransportFactory } from "../environment.ts";
import { peerIdOf } from "../keys.ts";
import { RelayedConnection } from "./relayed-connection.ts";
import { Talk } from "./talk.ts";

export type DialRelay = (peer: Uint8Array, addresses: readonly string[], signal: AbortSignal) => Promise<Link>;

/** Connections through a relay of the person's own: dials them, and takes those that a relay tells of. */
export class RelayTransport {
  readonly #dialRelay: DialRelay;
  #inside: { upgrader: Upgrader; log: Logger } | undefined;

  constructor(dialRelay: DialRelay) {
    this.#dialRelay = dialRelay;
  }

  readonly factory: TransportFactory = ({ upgrader, logger }) => {
    this.#inside = { upgrader, log: logger.forComponent("homeport:relay") };
    return {
      [Symbol.toStringTag]: "homeport-relay",
      [transportSymbol]: true,
      listenFilter: () => [],
      dialFilter: (addresses: Multiaddr[]) => addresses.filter((address) => parseAddress(address.toString())?.way === "relay"),
      createListener: () => {
        throw new TypeError("nothing listens at a relay; see Reservation");
      },
      dial: (address: Multiaddr, options: DialTransportOptions) => this.#dial(address, options),
    };
  };

  /** A connection that came through the relay at `relay`, a multiaddr with `/p2p`; another key than `caller` is refused. */
  async take(talk: Talk, relay: string, caller: Uint8Array, signal: AbortSignal): Promise<void> {
    const inside = this.#opened();
    const remoteAddr = multiaddr(`${relay}/p2p-circuit/p2p/${peerIdOf(caller).toString()}`);
    const connection = new RelayedConnection({ talk, remoteAddr, direction: "inbound", log: inside.log });
    connection.open();
    try {
      await inside.upgrader.upgradeInbound(connection, { signal });
    } catch (error) {
      connection.abort(error as Error);
    }
  }

  async #dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const { upgrader, log } = this.#opened();
    const [first = ""] = address.toString().split("/p2p-circuit");
    const [relay, target] = [parseAddress(first)?.peer, parseAddress(address.toString())?.peer];
    if (!relay || !target) throw new TypeError("not an address of this transport");
    const talk = new Talk(await this.#dialRelay(relay, [withoutPeer(first)], options.signal));
    try {
      await talk.say({ word: "connect", key: target });
      const { word } = await talk.hear(options.signal);
      if (word !== "through") throw new HomeportError("unreachable", "The relay does not lead there.");
      const connection = new RelayedConnection({ talk, remoteAddr: address, direction: "outbound", log });
      connection.open();
      return await upgrader.upgradeOutbound(connection, options);
    } catch (error) {
      talk.close();
      throw error;
    }
  }

  #opened(): { upgrader: Upgrader; log: Logger } {
    if (!this.#inside) throw new TypeError("used before its host was made");
    return this.#inside;
  }
}
