import type { MembershipKind } from "../contract/index.ts";
import { plainName, plainText } from "./formatting.ts";
import { member, memberDelta, rankChanges } from "./members.ts";
import type { Room } from "./rooms.ts";
import { type Draft, introduced, introduction, isSelf, type Reader, type Scene, sender, userId } from "./scene.ts";

export const readJoin: Reader = ({ message }, scene) => {
  const name = message.params[0] ?? "";
  const id = scene.conversations.idOf(name);
  if (id === undefined || !scene.conversations.isChannel(id)) return [];
  if (isSelf(message.nick, scene)) {
    scene.rooms.enter(id, name);
    scene.conversations.learn(id, name);
    return [introduction(id, "joined", scene)];
  }
  const room = scene.rooms.get(id);
  if (!room) return [];
  const person = { nick: message.nick, modes: "" };
  scene.rooms.add(room, scene.conversations.fold(message.nick), person);
  return [change(room, "join", message.nick, {}, scene), memberDelta(room, [member(person, "join", scene)])];
};

export const readPart: Reader = ({ message }, scene) => {
  const room = roomOf(message.params[0], scene);
  if (!room) return [];
  return gone(room, message.nick, change(room, "part", message.nick, { text: message.params[1] }, scene), scene);
};

export const readKick: Reader = ({ message }, scene) => {
  const room = roomOf(message.params[0], scene);
  const kicked = message.params[1] ?? "";
  if (!room || kicked === "") return [];
  const by = sender(message, scene);
  return gone(room, kicked, change(room, "kick", kicked, { by, text: message.params[2] }, scene), scene);
};

export const readQuit: Reader = ({ message }, scene) => {
  const text = message.params[0];
  const folded = scene.conversations.fold(message.nick);
  const rooms = scene.rooms.with(folded);
  if (isSelf(message.nick, scene)) return [];
  const drafts = rooms.flatMap((room) => gone(room, message.nick, change(room, "quit", message.nick, { text }, scene), scene));
  return [...drafts, ...inPrivate(message.nick, (conv) => changeIn(conv, "quit", message.nick, { text }, scene), scene)];
};

/** A private conversation stays with its nick; it says how the person is called now, and so does the one under the new nick. */
export const readNick: Reader = ({ message }, scene) => {
  const to = message.params[0] ?? "";
  const from = message.nick;
  if (to === "" || from === "") return [];
  const privately = isSelf(from, scene) ? [] : renamedInPrivate(from, to, scene);
  const rooms = scene.rooms.with(scene.conversations.fold(from));
  const drafts = rooms.flatMap((room) => renamed(room, from, to, scene));
  if (isSelf(from, scene)) scene.self = { ...scene.self, nick: to };
  return [...drafts, ...privately];
};

/** Others invited to a channel that we are in: a line there. We: the channel is known as one to be opened, and who invites us says so. */
export const readInvite: Reader = ({ message }, scene, id) => {
  const [invited = "", channel = ""] = message.params;
  const room = roomOf(channel, scene);
  if (room) return [change(room, "invite", invited, { by: sender(message, scene) }, scene)];
  const conv = scene.conversations.idOf(channel);
  const from = scene.conversations.idOf(message.nick);
  if (!isSelf(invited, scene) || conv === undefined || from === undefined || !scene.conversations.isChannel(conv)) return [];
  const text = `invites you to ${plainName(channel)}.`;
  return [
    introduction(conv, "invited", scene),
    ...introduced(from, message.nick, scene),
    { kind: "message", conv: from, key: id, id, from: userId(message.nick), style: "notice", body: { text, format: "plain" } },
  ];
};

export const readMode: Reader = ({ message }, scene) => {
  const room = roomOf(message.params[0], scene);
  if (!room) return [];
  const text = message.params.slice(1).join(" ");
  const person = message.nick || message.prefix;
  return [change(room, "mode", person, { text }, scene), ...rankChanges(room, message.params.slice(1), scene)];
};

function roomOf(name: string | undefined, scene: Scene): Room | undefined {
  const id = scene.conversations.idOf(name ?? "");
  return id === undefined ? undefined : scene.rooms.get(id);
}

type Details = { by?: string | undefined; to?: string | undefined; text?: string | undefined };

function change(room: Room, kind: MembershipKind, nick: string, details: Details, scene: Scene): Draft {
  return changeIn(room.id, kind, nick, details, scene);
}

function changeIn(conv: string, kind: MembershipKind, nick: string, details: Details, scene: Scene): Draft {
  const user = userId(nick);
  const who = { user, from: details.by ?? (isSelf(nick, scene) ? "self" : user) };
  const text = details.text === undefined || details.text === "" ? {} : { text: plainText(details.text) };
  const others = { ...(details.by ? { by: details.by } : {}), ...(details.to ? { to: details.to } : {}) };
  return { kind: "membership", conv, change: kind, ...who, ...others, ...text };
}

/** `said` comes first, so that the reason of a kick stands above "left". */
function gone(room: Room, nick: string, said: Draft, scene: Scene): Draft[] {
  if (isSelf(nick, scene)) {
    scene.rooms.leave(room.id);
    return [said, introduction(room.id, "left", scene)];
  }
  const person = scene.rooms.remove(room, scene.conversations.fold(nick));
  return [said, memberDelta(room, [member(person ?? { nick, modes: "" }, "leave", scene)])];
}

function renamed(room: Room, from: string, to: string, scene: Scene): Draft[] {
  const { conversations, rooms } = scene;
  const before = rooms.remove(room, conversations.fold(from)) ?? { nick: from, modes: "" };
  const after = { nick: to, modes: before.modes };
  rooms.add(room, conversations.fold(to), after);
  const people = [member(before, "leave", scene), member(after, "join", scene)];
  return [change(room, "nick", from, { to: userId(to) }, scene), memberDelta(room, people)];
}

function renamedInPrivate(from: string, to: string, scene: Scene): Draft[] {
  const line = (conv: string) => changeIn(conv, "nick", from, { to: userId(to) }, scene);
  const after = scene.conversations.idOf(to);
  return inPrivate(
    from,
    (conv) => [line(conv), ...(after === undefined || after === conv ? [] : [...introduced(after, to, scene), line(after)])],
    scene,
  );
}

/** Only where the person has the conversation open. */
function inPrivate(nick: string, drafts: (conv: string) => Draft | Draft[], scene: Scene): Draft[] {
  const conv = scene.conversations.idOf(nick);
  return conv !== undefined && scene.conversations.isOpen(conv) ? [drafts(conv)].flat() : [];
}
