import { type DeviceStanding, standingOf } from "../../sync/account/resolve.ts";
import type { Device } from "../../sync/device.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import { deviceText } from "../../sync/log/public-id.ts";
import type { Transport } from "../../transport/types.ts";
import { knock } from "./knock.ts";
import { doorOf } from "./projection.ts";

export interface UnlockerOptions {
  device: Device;
  transport: Transport;
  /** Multiaddrs of own devices that the person named. */
  peers: readonly string[];
  /** Names among them, as addresses of this moment. */
  resolve(addresses: readonly string[]): Promise<string[]>;
}

/** Unlocks other own devices from this one. */
export class Unlocker {
  readonly #options: UnlockerOptions;

  constructor(options: UnlockerOptions) {
    this.#options = options;
  }

  /**
   * `passphrase` is wiped. A device that is shut out is never unlocked: whoever has it may be waiting for just that. Rejects with
   * `not-allowed`, `not-found`, `wrong-passphrase`, `busy`, `unreachable` or `wrong-peer`.
   */
  async unlock({ key }: DeviceStanding, passphrase: Uint8Array, addresses: readonly string[]) {
    const { device, transport, peers, resolve } = this.#options;
    if (sameBytes(key, device.self)) throw new HomeportError("not-allowed", "That is this device; it is not locked.");
    if (standingOf(device.account, key)?.state !== "admitted")
      throw new HomeportError("not-allowed", "That device is frozen or revoked: its passphrase is not sent to it.");
    const door = doorOf(device, key);
    if (!door)
      throw new HomeportError(
        "not-found",
        "That device cannot be unlocked from here: its vault is not a passphrase, or it never said how.",
      );
    const known = device.records.get(key)?.addresses ?? [];
    // The door has another transport key than the device itself.
    const named = await resolve([...addresses, ...peers, ...known]);
    const reachable = [...new Set(named.map((address) => address.replace(/\/p2p\/.*$/, "")))];
    let address = "";
    const dial = async () => {
      const link = await transport.dial(door.transport, reachable, "unlock");
      address = link.address;
      return link;
    };
    await knock({ crypto: device.crypto, clock: device.clock, door, passphrase, dial });
    return { device: deviceText(key), address, locked: false as const };
  }
}
