import { Buffer } from "node:buffer";
import type { Command } from "../contract/index.ts";
import { BridgeError } from "../kit/index.ts";
import { MAX_TEXT_BYTES } from "./conv-info.ts";
import { NS } from "./ns.ts";
import { type Element, el, legalText } from "./xml.ts";
import { chatState } from "./xep-0085-chat-states.ts";
import { receiptRequest } from "./xep-0184-receipts.ts";
import { replaceElement } from "./xep-0308-corrections.ts";
import { markable } from "./xep-0333-markers.ts";
import { namesIn } from "./xep-0359-stanza-ids.ts";
import { retractElements } from "./xep-0424-retraction.ts";
import { reactionsElements } from "./xep-0444-reactions.ts";
import { replyElement } from "./xep-0461-replies.ts";

/** The stanza of a command, with the host's transaction as its id. Throws a `BridgeError` for what XMPP cannot send. */
export function stanzaOf(command: Command, isRoom: boolean): Element {
  const { txn, conv } = command;
  const type = isRoom ? "groupchat" : "chat";
  const origin = el("origin-id", { xmlns: NS.sid, id: txn });
  return el("message", { to: conv, type, id: txn }, ...contentOf(command, isRoom), origin);
}

function contentOf(command: Command, isRoom: boolean): Element[] {
  switch (command.op) {
    case "send":
      return said(command, isRoom);
    case "edit":
      return [body(command.body.text), replaceElement(own(command.target.id)), ...wishes(isRoom)];
    case "delete":
      return retractElements(isRoom ? inArchive(command.target.id) : own(command.target.id));
    case "react":
      return reactionsElements(isRoom ? inArchive(command.target.id) : own(command.target.id), command.set);
    case "topic":
      return [el("subject", {}, command.topic)];
    default:
      throw unsupported(`XMPP has no way for this (${command.op}).`);
  }
}

function said({ style, body: { text }, replyTo, media }: Command & { op: "send" }, isRoom: boolean): Element[] {
  if (media && media.length > 0) throw unsupported("Files cannot be sent by XMPP yet.");
  if (text === "") throw unsupported("An empty message says nothing.");
  const names = replyTo && namesIn(replyTo.id);
  const target = isRoom ? names?.archiveId : names?.wireId;
  const reply = target === undefined ? [] : [replyElement(target)];
  return [body(style === "action" ? `/me ${text}` : text), ...reply, ...wishes(isRoom)];
}

/** What the other side is asked for, and that we stopped writing. */
function wishes(isRoom: boolean): Element[] {
  return isRoom ? [markable()] : [receiptRequest(), markable(), chatState("active")];
}

function body(text: string): Element {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_TEXT_BYTES) return el("body", {}, legalText(text));
  const message = `The message is too long: ${MAX_TEXT_BYTES} bytes fit.`;
  throw new BridgeError({ code: "too-large", sent: "no", message, action: "none" });
}

function own(id: string): string {
  return namesIn(id).wireId ?? unnamed();
}

function inArchive(id: string): string {
  return namesIn(id).archiveId ?? unnamed();
}

function unnamed(): never {
  throw unsupported("The network gave no name to that message, so that nothing can be said about it there.");
}

export function unsupported(message: string): BridgeError {
  return new BridgeError({ code: "unsupported", sent: "no", message, action: "none" });
}
