import { SERVER } from "./conversations.ts";
import { plainText } from "./formatting.ts";
import { lineId } from "./keys.ts";
import { idOfLine } from "./line-ids.ts";
import { readInvite, readJoin, readKick, readMode, readNick, readPart, readQuit } from "./read-membership.ts";
import { readMessage } from "./read-message.ts";
import { readAway, readEndOfNames, readNames, readTopic, readTopicReply } from "./read-room.ts";
import { type Draft, type Incoming, introduced, isSelf, type Reader, type Scene } from "./scene.ts";

const READERS: Record<string, Reader> = {
  PRIVMSG: readMessage,
  NOTICE: readMessage,
  JOIN: readJoin,
  PART: readPart,
  KICK: readKick,
  QUIT: readQuit,
  NICK: readNick,
  MODE: readMode,
  INVITE: readInvite,
  TOPIC: readTopic,
  "332": readTopicReply,
  "331": readTopicReply,
  "353": readNames,
  "366": readEndOfNames,
  AWAY: readAway,
  "301": readAway,
  WALLOPS: readServerWords,
  FAIL: readServerWords,
  WARN: readServerWords,
  NOTE: readServerWords,
  ERROR: readServerWords,
};

/** What a line means to people; changes the scene. Unknown lines mean nothing, error numerics are shown as the server's words. */
export function readLine(incoming: Incoming, scene: Scene, nonce: string): Draft[] {
  const { command } = incoming.message;
  // Who came and went in the past must not change who is there now.
  if (incoming.batch?.playback && command !== "PRIVMSG" && command !== "NOTICE") return [];
  const reader = Object.hasOwn(READERS, command) ? READERS[command] : /^[45]\d\d$/.test(command) ? readServerWords : undefined;
  return reader?.(incoming, scene, idOf(incoming, scene, nonce)) ?? [];
}

/** Of a message its own; of what is none, the line's. */
function idOf(incoming: Incoming, scene: Scene, nonce: string): string {
  const { command } = incoming.message;
  const isMessage = command === "PRIVMSG" || command === "NOTICE";
  return isMessage ? idOfLine(incoming, scene, nonce) : lineId(nonce, incoming.number);
}

/** Each line of ours shows how others see us: that is what a line's length is counted with. */
export function learnSelf({ message }: Incoming, scene: Scene): void {
  if (message.command === "396" && message.params[1]) scene.self = { ...scene.self, host: message.params[1].split("@").at(-1) };
  if (!isSelf(message.nick, scene)) return;
  const changed = message.command === "CHGHOST" ? { ident: message.params[0], hostname: message.params[1] } : message;
  if (!changed.ident || !changed.hostname) return;
  if (changed.ident !== scene.self.user || changed.hostname !== scene.self.host) {
    scene.self = { ...scene.self, user: changed.ident, host: changed.hostname };
  }
}

function readServerWords({ message }: Incoming, scene: Scene, id: string): Draft[] {
  const words = /^\d/.test(message.command) ? message.params.slice(1) : message.params;
  const text = plainText(words.join(" "));
  if (text === "") return [];
  const from = scene.config.host;
  return [
    ...introduced(SERVER, from, scene),
    { kind: "message", conv: SERVER, key: id, id, from, style: "notice", body: { text, format: "plain" } },
  ];
}
