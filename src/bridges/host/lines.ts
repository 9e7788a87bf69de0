import type { Bridged } from "../../sync/content/bridged.ts";
import type { Inbound, MsgRef } from "../contract/index.ts";

type Membership = Extract<Inbound, { kind: "membership" }>;
/** What is shown as a line in words by the host. */
export type Happening = Extract<Inbound, { kind: "edit" | "delete" | "reactions" | "membership" | "topic" | "gap" }>;

export interface HostLine {
  shape: Bridged["shape"];
  text: string;
  /** Who did it; undefined where nobody in the conversation did. */
  from: string | undefined;
  replyTo?: MsgRef | undefined;
}

/** How people are called in a line. */
export type NameOf = (user: string) => string;

/** One line, readable on its own. Edits and deletions are lines where what they speak of is not here. */
export function lineOf(event: Happening, nameOf: NameOf): HostLine {
  const name = (user: string | undefined) => (user === undefined ? "Somebody" : nameOf(user));
  switch (event.kind) {
    case "edit":
      return { shape: "text", text: `(edited) ${event.body.text}`, from: event.from, replyTo: event.target };
    case "delete": {
      const by = event.by ?? event.from;
      return { shape: "notice", text: `${name(by)} deleted a message`, from: by, replyTo: event.target };
    }
    case "reactions":
      return { shape: "notice", text: reactionWords(nameOf(event.user), event.set), from: event.user, replyTo: event.target };
    case "membership":
      return { shape: event.change, text: membershipWords(event, nameOf), from: actorOf(event) };
    case "topic":
      return { shape: "topic", text: topicWords(event.topic, event.from === undefined ? undefined : nameOf(event.from)), from: event.from };
    case "gap":
      return { shape: "gap", text: `Messages may be missing here: ${event.reason}`, from: event.from };
  }
}

function membershipWords(event: Membership, nameOf: NameOf): string {
  const who = nameOf(event.user);
  const by = event.by === undefined ? undefined : nameOf(event.by);
  const why = event.text ? `: ${event.text}` : "";
  switch (event.change) {
    case "join":
      return `${who} joined`;
    case "part":
      return `${who} left${why}`;
    case "quit":
      return `${who} quit${why}`;
    case "kick":
      return `${who} was removed${by === undefined ? "" : ` by ${by}`}${why}`;
    case "nick":
      return `${who} is now known as ${event.to ?? "somebody else"}`;
    case "mode":
      return `${by ?? who} set ${event.text ?? "a mode"}`;
    case "invite":
      return by === undefined ? `${who} was invited` : `${by} invited ${who}`;
  }
}

function actorOf({ change, user, by }: Membership): string {
  const isByOther = change === "kick" || change === "mode" || change === "invite";
  return isByOther ? (by ?? user) : user;
}

function topicWords(topic: string, by: string | undefined): string {
  if (topic === "") return by === undefined ? "There is no topic" : `${by} removed the topic`;
  return by === undefined ? `The topic is: ${topic}` : `${by} changed the topic to: ${topic}`;
}

function reactionWords(by: string, set: readonly string[]): string {
  return set.length === 0 ? `${by} took a reaction back` : `${by} reacted with ${set.join(" ")}`;
}
