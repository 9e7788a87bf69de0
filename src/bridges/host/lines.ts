import type { Inbound } from "../contract/index.ts";

type Membership = Extract<Inbound, { kind: "membership" }>;

/** How people are called in a line. */
export type NameOf = (user: string) => string;

/** One sentence about who came, went or changed. */
export function membershipLine(event: Membership, nameOf: NameOf): string {
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

/** Who did it: whom the line stands beside. */
export function actorOf(event: Membership): string {
  const isByOther = event.change === "kick" || event.change === "mode" || event.change === "invite";
  return isByOther ? (event.by ?? event.user) : event.user;
}

export function topicLine(topic: string, by: string | undefined): string {
  if (topic === "") return by === undefined ? "There is no topic" : `${by} removed the topic`;
  return by === undefined ? `The topic is: ${topic}` : `${by} changed the topic to: ${topic}`;
}

export function gapLine(reason: string): string {
  return `Messages may be missing here: ${reason}`;
}

/** What this version shows as a line of its own, as it has no other form for it yet. */
export const editLine = (text: string): string => `(edited) ${text}`;
export const deleteLine = (by: string): string => `${by} deleted a message`;
export const reactionsLine = (by: string, set: readonly string[]): string =>
  set.length === 0 ? `${by} took a reaction back` : `${by} reacted with ${set.join(" ")}`;
