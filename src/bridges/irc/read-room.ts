import { plainText } from "./formatting.ts";
import { memberList } from "./members.ts";
import { readListed } from "./roles.ts";
import type { Room } from "./rooms.ts";
import { type Reader, type Scene, sender, userId } from "./scene.ts";

function roomOf(name: string | undefined, scene: Scene): Room | undefined {
  const id = scene.conversations.idOf(name ?? "");
  return id === undefined ? undefined : scene.rooms.get(id);
}

export const readTopic: Reader = ({ message }, scene) => {
  const room = roomOf(message.params[0], scene);
  return room ? [{ kind: "topic", conv: room.id, from: sender(message, scene), topic: plainText(message.params[1] ?? "") }] : [];
};

/** RPL_TOPIC and RPL_NOTOPIC, told on joining: what is, not what somebody did. */
export const readTopicReply: Reader = ({ message }, scene) => {
  const room = roomOf(message.params[1], scene);
  const topic = message.command === "332" ? plainText(message.params[2] ?? "") : "";
  return room ? [{ kind: "conv", conv: room.id, patch: { topic } }] : [];
};

/** RPL_NAMREPLY: `me = #channel :names`. */
export const readNames: Reader = ({ message }, scene) => {
  const room = roomOf(message.params[2], scene);
  if (!room) return [];
  for (const entry of (message.params[3] ?? "").split(" ")) {
    const person = readListed(entry, scene.support);
    if (person) scene.rooms.list(room, scene.conversations.fold(person.nick), person);
  }
  return [];
};

export const readEndOfNames: Reader = ({ message }, scene) => {
  const room = roomOf(message.params[1], scene);
  return room?.listing ? memberList(room, scene.rooms.listed(room), scene) : [];
};

/** away-notify, and RPL_AWAY in answer to a message: shown in the private conversation that the person has open. */
export const readAway: Reader = ({ message }, scene) => {
  const nick = message.command === "301" ? (message.params[1] ?? "") : message.nick;
  const text = message.command === "301" ? message.params[2] : message.params[0];
  const conv = scene.conversations.idOf(nick);
  if (conv === undefined || !scene.conversations.isOpen(conv)) return [];
  const away = text === undefined || text === "" ? ({ state: "online" } as const) : ({ state: "away", text: plainText(text) } as const);
  return [{ kind: "presence", conv, user: userId(nick), ...away }];
};
