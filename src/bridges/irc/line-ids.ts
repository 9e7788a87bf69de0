import { lineId, messageId } from "./keys.ts";
import { heardMessage } from "./read-message.ts";
import type { Incoming, Scene } from "./scene.ts";
import { serverTime } from "./server-time.ts";

/**
 * The id of a message. Where the server gives none, but says when it was said, it is made of who said what when: so what is
 * played back later is known again. Each line is to be asked for once, for alike lines are counted.
 */
export function idOfLine(incoming: Incoming, scene: Scene, nonce: string): string {
  const { message, number, batch } = incoming;
  const msgid = message.tags["msgid"];
  if (msgid) return messageId(msgid);
  const ts = serverTime(message);
  const likeness = batch?.playback ?? (ts === undefined ? undefined : scene.likeness);
  const heard = likeness && heardMessage(incoming, scene);
  if (!likeness || !heard) return lineId(nonce, number);
  return likeness.next({ conv: heard.conv, ts: ts ?? 0, nick: message.nick, text: heard.text });
}
