import type { ConvId } from "../contract/index.ts";
import { BridgeError } from "../kit/index.ts";
import { SERVER } from "./conversations.ts";
import { plainName } from "./formatting.ts";
import { isChannel } from "./isupport.ts";
import { unsupported } from "./outgoing.ts";
import type { Scene } from "./scene.ts";

export type Target = { conv: ConvId; name: string; channel: boolean; key: string | undefined };

// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const NOT_IN_A_NAME = /[\x00-\x20,\x7f]/;

/** What a person types to open a conversation: `#channel`, `#channel key`, a nick, or `*server`. Throws a `BridgeError`. */
export function readTarget(text: string, scene: Pick<Scene, "conversations" | "support">): Target {
  const [name = "", key, ...rest] = text.trim().split(/ +/);
  if (name === SERVER) return { conv: SERVER, name, channel: false, key: undefined };
  const channel = isChannel(name, scene.support);
  const conv = scene.conversations.idOf(name);
  if (conv === undefined || NOT_IN_A_NAME.test(name)) throw unsupported(`${plainName(name) || "This"} is neither a channel nor a nick.`);
  if (rest.length > 0 || (key !== undefined && (!channel || NOT_IN_A_NAME.test(key) || key.startsWith(":")))) {
    throw unsupported("Give a channel, a channel and its key, or a nick.");
  }
  if (!channel && !/^[^\d:@!*?.$&#+~%-][^:@!*?]*$/u.test(name)) throw unsupported(`${plainName(name)} is neither a channel nor a nick.`);
  return { conv, name, channel, key };
}

export function notConnected(): BridgeError {
  return new BridgeError({ code: "offline", sent: "no", message: "There is no connection to the network at the moment." });
}
