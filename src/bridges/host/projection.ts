import type { Projection } from "../../sync/core.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { Listeners } from "../../sync/listeners.ts";
import type { Random } from "../../sync/ports.ts";
import { republish } from "./conversations.ts";
import type { AccountId } from "../contract/index.ts";
import { learnHost } from "./hosting.ts";
import { Outbox } from "./outbox.ts";
import { takeEntry } from "./outbox-intake.ts";
import { BRIDGE_MIGRATIONS } from "./schema.ts";
import { HAS_BODY } from "../../sync/store/derived.ts";

export interface BridgesProjection extends Projection {
  readonly outbox: Outbox;
  /** After the commit: another device runs an account than before. */
  readonly moves: Listeners<[account: AccountId]>;
}

const WITHDRAWN = "It was written on a device that is not one of yours any more.";

/** The bridge host's tables. Made before the core is opened, and handed to `createBridgeHost` afterwards. */
export function createBridgesProjection(random: Random): BridgesProjection {
  const outbox = new Outbox(random);
  const moves = new Listeners<[account: AccountId]>();
  return {
    name: "bridges",
    migrations: BRIDGE_MIGRATIONS,
    kinds: new Set([KIND.bridgeAccount, KIND.text, KIND.edit, KIND.reaction, KIND.delivery]),
    outbox,
    moves,
    integrated(writer, entry, body) {
      if (entry.kind === KIND.bridgeAccount) {
        const moved = learnHost(writer, entry, body);
        if (moved !== undefined) writer.afterCommit(() => moves.tell(moved));
      }
      takeEntry(outbox, writer, entry, body);
    },
    erased: (writer, entry) => outbox.erase(writer, entry.row),
    // What was sent was sent; what waits is asked about when it is let in again.
    retracted: (writer, entry) => outbox.applyToAll(writer, entry.row, { event: "cancel", reason: WITHDRAWN }),
    conversationErased(writer, conversation) {
      const messages = writer.sql.all<{ entry: number }>(
        `select m.entry from bridge_message m join bridge_conversation c on c.row = m.conversation
         where c.conversation = ? and not exists (${HAS_BODY} and e.row = m.entry)`,
        conversation,
      );
      for (const { entry } of messages) outbox.erase(writer, entry);
      republish(writer, conversation);
    },
  };
}
