import { Buffer } from "node:buffer";
import { ACTION_OVERHEAD_BYTES } from "./ctcp.ts";
import type { Support } from "./isupport.ts";
import { MAX_LINE_BYTES } from "./outgoing-line.ts";

/** Who we are on this connection. User and host are what others see, known from the first line that came from us. */
export interface Self {
  nick: string;
  user: string | undefined;
  host: string | undefined;
}

/** Characters that a nick may grow by when it is taken and another is chosen: room left so that a text split before still fits. */
export const NICK_GROWTH = 2;

export function selfFromPrefix(nick: string, prefix: string | undefined): Self {
  const [, user, host] = /!([^@]+)@(.+)$/.exec(prefix ?? "") ?? [];
  return { nick, user, host };
}

/** Bytes of `:nick!user@host ` that the server puts before our lines for others; the most it can be where it is not known. */
export function prefixBytes(self: Self, support: Support): number {
  const user = self.user === undefined ? support.userLength + 1 : Buffer.byteLength(self.user);
  const host = self.host === undefined ? support.hostLength : Buffer.byteLength(self.host);
  return `:!@ `.length + Buffer.byteLength(self.nick) + user + host;
}

export type Style = "text" | "action" | "notice";

/** Bytes of text that reach everybody uncut in one line to `target`. */
export function roomForText(prefix: number, target: string, style: Style): number {
  const verb = style === "notice" ? "NOTICE" : "PRIVMSG";
  const frame = `${verb}  :\r\n`.length + Buffer.byteLength(target) + (style === "action" ? ACTION_OVERHEAD_BYTES : 0);
  return MAX_LINE_BYTES - prefix - frame;
}
