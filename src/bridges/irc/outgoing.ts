import { Buffer } from "node:buffer";
import type { Command, ConvId } from "../contract/index.ts";
import { BridgeError } from "../kit/index.ts";
import { action } from "./ctcp.ts";
import type { Outgoing } from "./deliveries.ts";
import type { Scene } from "./scene.ts";
import { prefixBytes, roomForText } from "./self.ts";

type Say = Extract<Command, { op: "send" }>;
type SetTopic = Extract<Command, { op: "topic" }>;

/** The line of a message. Throws a `BridgeError` for what IRC cannot send. */
export function sayLine(command: Say, target: string): Outgoing {
  const { style, body } = command;
  if (command.media && command.media.length > 0) throw unsupported("IRC sends no files.");
  if (body.text === "") throw unsupported("IRC sends no empty messages.");
  if (body.text.startsWith("\x01")) throw unsupported("A message cannot begin with the character that marks commands between clients.");
  const text = style === "action" ? action(body.text) : body.text;
  const verb = style === "notice" ? "NOTICE" : "PRIVMSG";
  return { ...common(command, target), said: { style, text: body.text }, line: `${verb} ${target} :${text}` };
}

export function topicLine(command: SetTopic, target: string): Outgoing {
  return { ...common(command, target), said: undefined, line: `TOPIC ${target} :${command.topic}` };
}

/** Throws a `BridgeError` where a part of the text would not reach everybody: servers cut without a word. */
export function checkFits({ said, target }: Outgoing, { self, support }: Pick<Scene, "self" | "support">): void {
  if (said === undefined) return;
  const room = roomForText(prefixBytes(self, support), target, said.style);
  if (Buffer.byteLength(said.text) <= room) return;
  throw new BridgeError({
    code: "too-large",
    sent: "no",
    message: `The message is too long for one line of IRC: ${room} bytes fit.`,
    action: "none",
  });
}

export function unsupported(message: string): BridgeError {
  return new BridgeError({ code: "unsupported", sent: "no", message, action: "none" });
}

function common(
  { txn, conv, minLabel }: Command,
  target: string,
): { txn: string; conv: ConvId; target: string; minLabel: Command["minLabel"] } {
  return { txn, conv, target, minLabel };
}
