import type { Host } from "../contract/index.ts";
import type { Inbox, Journal } from "../kit/index.ts";
import type { Places } from "./catch-up.ts";
import type { XmppConfig } from "./config.ts";
import type { Conversations } from "./conversations.ts";
import type { World } from "./world.ts";

/** What outlives a connection: one of each for an account, as long as the process lives. */
export interface Shared {
  host: Host;
  config: XmppConfig;
  world: World;
  conversations: Conversations;
  inbox: Inbox;
  journal: Journal;
  places: Places;
}
