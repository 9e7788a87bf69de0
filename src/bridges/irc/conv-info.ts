import type { Caps, ConvId, ConvInfo } from "../contract/index.ts";
import type { IrcConfig } from "./config.ts";
import { type Conversations, SERVER } from "./conversations.ts";
import { plainName } from "./formatting.ts";
import type { Support } from "./isupport.ts";
import { prefixBytes, roomForText, type Self } from "./self.ts";

const NEVER = -2;
const FULL = 2;

/** What a conversation of IRC can do. `maxBytes`: of a message in the style `text`. */
export function capsOf(kind: Caps["kind"], maxBytes: number, flood: IrcConfig["flood"]): Caps {
  const channel = kind === "channel";
  const rate = { burst: flood.burst, perSecond: 1000 / flood.intervalMs };
  return {
    rev: `${kind}:${maxBytes}:${rate.burst}:${flood.intervalMs}`,
    kind,
    text: { maxBytes, maxLines: 1, formats: ["plain"] },
    edit: NEVER,
    delete: NEVER,
    reply: 0,
    thread: NEVER,
    reactions: NEVER,
    typing: NEVER,
    read: NEVER,
    presence: channel ? 1 : NEVER,
    topic: channel ? FULL : NEVER,
    members: channel ? FULL : NEVER,
    files: NEVER,
    history: NEVER,
    rate,
  };
}

export interface Describing {
  config: IrcConfig;
  conversations: Conversations;
  support: Support;
  self: Self;
}

export function describe(id: ConvId, state: ConvInfo["state"], about: Describing): ConvInfo {
  const { config, conversations, support, self } = about;
  const name = id === SERVER ? (support.network ?? config.host) : conversations.nameOf(id);
  const kind = conversations.isChannel(id) ? "channel" : "direct";
  const maxBytes = Math.max(1, roomForText(prefixBytes(self, support), name, "text"));
  const url = `${config.tls ? "ircs" : "irc"}://${config.host}:${config.port}/${encodeURIComponent(name)}`;
  return { id, name: plainName(name), caps: capsOf(kind, maxBytes, config.flood), state, ...(kind === "channel" ? { url } : {}) };
}
