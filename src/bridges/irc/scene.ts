import type { IrcMessage } from "irc-framework";
import type { ConvId, Inbound, UserId } from "../contract/index.ts";
import type { Batch } from "./batches.ts";
import { type Describing, describe } from "./conv-info.ts";
import { plainName } from "./formatting.ts";
import type { PlaybackIds } from "./keys.ts";
import type { Rooms } from "./rooms.ts";

/** One line of the server and where it stands. */
export interface Incoming {
  message: IrcMessage;
  /** Counted from 1 on each connection. */
  number: number;
  batch: Batch | undefined;
}

/** What is known on one connection: the reading of a line depends on it and changes it. */
export interface Scene extends Describing {
  rooms: Rooms;
  /** Ids of messages to which the server gives none. */
  likeness: PlaybackIds;
}

type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never;

/** An event without what it owes to its line: key (unless it brings its own), time and facts. */
export type Draft = DistributiveOmit<Inbound, "key" | "ts" | "sec"> & { key?: string };

/** Reads one kind of line. `id`: of a message to which the server gives none. */
export type Reader = (incoming: Incoming, scene: Scene, id: string) => Draft[];

/** Nicks are shown as they are, without what could make one look like another; the contract keeps `self` for us. */
export function userId(nick: string): UserId {
  const name = plainName(nick, 100) || "?";
  return name === "self" ? "self!" : name;
}

/** Who a line comes from: `self`, a nick, or a server's name. */
export function sender(message: IrcMessage, scene: Scene): UserId {
  if (isSelf(message.nick, scene)) return "self";
  return userId(message.nick || message.prefix || scene.config.host);
}

export function isSelf(nick: string, scene: Scene): boolean {
  return nick !== "" && scene.conversations.same(nick, scene.self.nick);
}

/** Servers have names with dots; in front of the greeting some have none at all. */
export function isServer(message: IrcMessage): boolean {
  return message.nick === "" || (!message.prefix.includes("!") && message.prefix.includes("."));
}

/** The conversation's introduction, where the host has not had it or knows it under another name. */
export function introduced(id: ConvId, name: string, scene: Scene): Draft[] {
  return scene.conversations.learn(id, name) ? [introduction(id, "joined", scene)] : [];
}

export function introduction(id: ConvId, state: "joined" | "invited" | "left", scene: Scene): Draft {
  const { id: conv, ...patch } = describe(id, state, scene);
  return { kind: "conv", conv, patch };
}
