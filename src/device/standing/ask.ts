import { standingOf } from "../../sync/account/resolve.ts";
import type { Device } from "../../sync/device.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";
import { MalformedError } from "../../sync/errors.ts";
import type { Link } from "../../sync/ports.ts";
import type { Sessions } from "../../sync/session/sessions.ts";
import type { Transport } from "../../transport/types.ts";
import { decodeStanding } from "./frame.ts";

/** Without a connection for so long, the others are asked whether they let this device in at all. */
const FIRST_MS = 3000;
const AGAIN_MS = 30_000;
const PATIENCE_MS = 10_000;

export interface StandingOptions {
  device: Device;
  sessions: Sessions;
  transport: Transport;
}

/**
 * Finds out that this device was shut out: others refuse it without a word. What they say is believed only as far as the ops are
 * signed. The returned function ends it.
 */
export function askStanding({ device, sessions, transport }: StandingOptions): () => void {
  let stopped = false;
  let cancel = (): void => undefined;
  const plan = (ms: number) => {
    cancel();
    if (!stopped) cancel = device.clock.after(ms, () => void look());
  };
  const look = async () => {
    const state = standingOf(device.account, device.self)?.state;
    // Frozen it asks on: a revocation may follow. That it is let in again shows in that it is.
    if (sessions.all().length === 0 && state !== "revoked") await askAll(device, transport, () => stopped);
    plan(AGAIN_MS);
  };
  const remove = sessions.peersChanged.add(() => plan(FIRST_MS));
  plan(FIRST_MS);
  return () => {
    stopped = true;
    cancel();
    remove();
  };
}

async function askAll(device: Device, transport: Transport, isOver: () => boolean): Promise<void> {
  const others = device.records.all().filter((known) => !sameBytes(known.device, device.self) && known.addresses.length > 0);
  for (const known of others) {
    if (isOver()) return;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const ops = await hear(await transport.dial(known.transport, known.addresses, "standing", signal), device);
      if (ops.length > 0) device.addOps(ops);
    } catch (error) {
      const why = error instanceof MalformedError || error instanceof Error ? error.message : "unknown";
      device.log("debug", "a device did not say where this one stands", { device: known.name, why });
    }
  }
}

function hear(link: Link, device: Device): Promise<Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const cancel = device.clock.after(PATIENCE_MS, () => link.close());
    link.start({
      frame(bytes) {
        try {
          resolve(decodeStanding(bytes));
        } catch (error) {
          reject(error instanceof Error ? error : new Error("not a standing", { cause: error }));
        }
        link.close();
      },
      closed() {
        cancel();
        resolve([]);
      },
    });
  });
}
