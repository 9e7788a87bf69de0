import type { Projection } from "../../sync/core.ts";
import type { Random } from "../../sync/ports.ts";
import { Outbox } from "./outbox.ts";
import { takeEntry } from "./outbox-intake.ts";
import { BRIDGE_MIGRATIONS } from "./schema.ts";

export interface BridgesProjection extends Projection {
  readonly outbox: Outbox;
}

/** The bridge host's tables. Made before the core is opened, and handed to `createBridgeHost` afterwards. */
export function createBridgesProjection(random: Random): BridgesProjection {
  const outbox = new Outbox(random);
  return {
    name: "bridges",
    migrations: BRIDGE_MIGRATIONS,
    outbox,
    integrated: (writer, entry, body) => takeEntry(outbox, writer, entry, body),
  };
}
