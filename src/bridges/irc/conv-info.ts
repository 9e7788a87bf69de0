import type { Caps, ConvId, ConvInfo } from "../contract/index.ts";
import type { IrcConfig } from "./config.ts";
import { type Conversations, SERVER } from "./conversations.ts";
import { plainName } from "./formatting.ts";
import type { Support } from "./isupport.ts";
import { NICK_GROWTH, prefixBytes, roomForText, type Self, type Style } from "./self.ts";

const NEVER = -2;
const FULL = 2;
/** Whatever names a server makes up. */
const MIN_LIMIT = 32;

/** What a conversation of IRC can do. `maxBytes`: of a message in the style `text`. */
function capsOf(kind: Caps["kind"], maxBytes: number, flood: IrcConfig["flood"]): Caps {
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
  const { config, conversations, support } = about;
  const name = id === SERVER ? (support.network ?? config.host) : conversations.nameOf(id);
  // What a server has to say is no private conversation: it is shown to those who open it.
  const kind = id === SERVER ? "group" : conversations.isChannel(id) ? "channel" : "direct";
  const maxBytes = textLimit(name, "text", about);
  const url = `${config.tls ? "ircs" : "irc"}://${config.host}:${config.port}/${encodeURIComponent(name)}`;
  return { id, name: plainName(name), caps: capsOf(kind, maxBytes, config.flood), state, ...(kind === "channel" ? { url } : {}) };
}

/** Bytes of text that one line to this target should have at most. */
export function textLimit(target: string, style: Style, { self, support }: Pick<Describing, "self" | "support">): number {
  return Math.max(MIN_LIMIT, roomForText(prefixBytes(self, support) + NICK_GROWTH, target, style));
}
