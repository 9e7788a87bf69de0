import { Door } from "../../device/unlocking/door.ts";
import { toHex } from "../../sync/encoding/bytes.ts";
import type { Log } from "../../sync/log-port.ts";
import type { Crypto } from "../../sync/ports.ts";
import { createTransport, type Transport } from "../../transport/index.ts";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Remembered } from "./remembered.ts";

export interface LockedNodeOptions {
  config: Config;
  crypto: Crypto;
  log: Log;
  remembered: Remembered;
  /** Tries the key of a passphrase; true where it opens the vault. */
  attempt(key: Uint8Array): Promise<boolean>;
  opened(): void;
}

/** A device that is locked: at most a door for own devices, and nothing else. */
export interface LockedNode {
  addresses(): string[];
  close(): Promise<void>;
}

export async function openDoor({ config, crypto, log, remembered, attempt, opened }: LockedNodeOptions): Promise<LockedNode> {
  const { doorSeed: seed, own, listen } = remembered;
  if (!seed || own.size === 0) return { addresses: () => [], close: async () => undefined };
  let transport: Transport;
  try {
    transport = await createTransport({
      ...{ seed, listen: config.listen ?? listen, mdns: config.mdns, log },
      isKnown: (peer) => own.has(toHex(peer)),
    });
  } finally {
    crypto.wipe(seed);
  }
  const door = new Door({ crypto, clock: systemClock, log, attempt, opened });
  transport.onLink("unlock", (link) => door.accept(link));
  return { addresses: () => transport.addresses(), close: () => transport.stop() };
}
