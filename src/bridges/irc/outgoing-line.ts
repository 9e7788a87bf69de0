import { Buffer } from "node:buffer";
import { BridgeError } from "../kit/index.ts";

/** RFC 1459, 2.3: bytes of a line with its CR LF, without tags. */
export const MAX_LINE_BYTES = 512;

/** Bytes of the tags of a line, with the leading `@` and the space behind them, that a server has to take (message-tags). */
const MAX_TAG_BYTES = 4096;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const FORBIDDEN = /[\r\n\0]/;

/**
 * The one gate to the network: irc-framework writes most of what it is given as it stands, so that a line break in any
 * field would be a command of its own. Throws a `BridgeError` (nothing was sent) that does not repeat the line.
 */
export function checkOutgoing(line: string): void {
  if (FORBIDDEN.test(line)) throw refusal("unsupported", "A line of IRC cannot hold a line break or a NUL character.");
  const tags = line.startsWith("@") ? line.indexOf(" ") + 1 : 0;
  if (line.startsWith("@") && tags === 0) throw refusal("internal", "A line of nothing but tags is no command.");
  if (Buffer.byteLength(line.slice(0, tags)) > MAX_TAG_BYTES) throw refusal("too-large", "The tags are too long for IRC.");
  const bytes = Buffer.byteLength(line.slice(tags)) + 2;
  if (bytes > MAX_LINE_BYTES) throw refusal("too-large", `The line has ${bytes} bytes; IRC takes ${MAX_LINE_BYTES}.`);
}

function refusal(code: "unsupported" | "too-large" | "internal", message: string): BridgeError {
  return new BridgeError({ code, sent: "no", message, action: "none" });
}

/** Commands that would take the connection away from under the plugin. */
const NOT_RAW = new Set(["QUIT", "CAP", "AUTHENTICATE", "PASS", "USER", "NICK", "BATCH", "PING", "PONG", "SQUIT", "STARTTLS"]);

/** Whether a line that a person wrote leaves the connection alone. */
export function isHarmless(line: string): boolean {
  const verb = (line.split(" ", 1)[0] ?? "").toUpperCase();
  return /^[A-Z]{1,20}$/.test(verb) && !NOT_RAW.has(verb);
}
