import type { Projection } from "../../sync/core.ts";
import type { Random } from "../../sync/ports.ts";
import { republish } from "./conversations.ts";
import { Outbox } from "./outbox.ts";
import { takeEntry } from "./outbox-intake.ts";
import { BRIDGE_MIGRATIONS } from "./schema.ts";

export interface BridgesProjection extends Projection {
  readonly outbox: Outbox;
}

const WITHDRAWN = "It was written on a device that is not one of yours any more.";

/** The bridge host's tables. Made before the core is opened, and handed to `createBridgeHost` afterwards. */
export function createBridgesProjection(random: Random): BridgesProjection {
  const outbox = new Outbox(random);
  return {
    name: "bridges",
    migrations: BRIDGE_MIGRATIONS,
    outbox,
    integrated: (writer, entry, body) => takeEntry(outbox, writer, entry, body),
    erased: (writer, entry) => outbox.erase(writer, entry.row),
    // What was sent was sent; what waits is asked about when it is let in again.
    retracted: (writer, entry) => outbox.applyToAll(writer, entry.row, { event: "cancel", reason: WITHDRAWN }),
    conversationErased(writer, conversation) {
      const messages = writer.sql.all<{ entry: number }>(
        "select m.entry from bridge_message m join bridge_conversation c on c.row = m.conversation where c.conversation = ?",
        conversation,
      );
      for (const { entry } of messages) outbox.erase(writer, entry);
      republish(writer, conversation);
    },
  };
}
