import type { Host } from "../contract/index.ts";
import type { Inbox, Journal } from "../kit/index.ts";
import type { ChannelKeys } from "./channel-keys.ts";
import type { IrcConfig } from "./config.ts";
import type { Conversations } from "./conversations.ts";
import type { Heard } from "./heard.ts";
import type { Sts } from "./sts.ts";
import type { World } from "./world.ts";

/** What outlives a connection: one of each for an account, as long as the process lives. */
export interface Shared {
  host: Host;
  config: IrcConfig;
  world: World;
  conversations: Conversations;
  inbox: Inbox;
  journal: Journal;
  heard: Heard;
  keys: ChannelKeys;
  sts: Sts;
}
