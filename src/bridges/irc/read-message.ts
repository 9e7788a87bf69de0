import type { ConvId } from "../contract/index.ts";
import { SERVER } from "./conversations.ts";
import { type Ctcp, dccOffer, readCtcp } from "./ctcp.ts";
import { plainName, plainText } from "./formatting.ts";
import { messageId } from "./keys.ts";
import { mentions } from "./mentions.ts";
import { type Draft, type Incoming, introduced, isSelf, isServer, type Reader, type Scene, sender } from "./scene.ts";

/** A message as its line tells it. Its id is still missing where the server gave none. */
export interface HeardMessage {
  conv: ConvId;
  /** How the network writes the conversation's name. */
  name: string;
  style: "text" | "action" | "notice";
  text: string;
  msgid: string | undefined;
}

/** Undefined for what is no message to people, such as CTCP requests. */
export function heardMessage({ message }: Incoming, scene: Scene): HeardMessage | undefined {
  const ctcp = readCtcp(message.params.at(-1) ?? "");
  const notice = message.command === "NOTICE";
  const spoken = notice && ctcp.kind === "request" ? undefined : words(ctcp);
  const place = placeOf(message.params[0] ?? "", message.nick, isServer(message), scene);
  if (spoken === undefined || place === undefined) return undefined;
  const style = notice || ctcp.kind === "request" ? "notice" : ctcp.kind === "action" ? "action" : "text";
  const msgid = message.tags["msgid"];
  return { ...place, style, text: spoken, msgid: msgid ? messageId(msgid) : undefined };
}

/** PRIVMSG and NOTICE. */
export const readMessage: Reader = (incoming, scene, id) => {
  const heard = heardMessage(incoming, scene);
  if (heard === undefined) return [];
  const { conv, style, text } = heard;
  const from = sender(incoming.message, scene);
  const plain = plainText(text);
  const replyTo = incoming.message.tags["+draft/reply"] ?? incoming.message.tags["+reply"];
  const key = heard.msgid ?? id;
  const draft: Draft = {
    kind: "message",
    conv,
    key,
    id: key,
    from,
    style,
    body: { text: plain, format: "plain", ...(plain === text ? {} : { raw: text }) },
    ...(replyTo ? { replyTo: { conv, id: messageId(replyTo) } } : {}),
    ...(from !== "self" && scene.conversations.isChannel(conv) && mentions(plain, scene.self.nick, scene.conversations)
      ? { mentionsMe: true }
      : {}),
  };
  return [...introduced(conv, heard.name, scene), draft];
};

/** What is said to us is in the conversation with who said it; what we said elsewhere, in the one with whom we said it to. */
function placeOf(target: string, nick: string, byServer: boolean, scene: Scene): { conv: ConvId; name: string } | undefined {
  const { conversations, config } = scene;
  const id = conversations.idOf(target);
  if (id !== undefined && conversations.isChannel(id)) {
    return conversations.isOpen(id) ? { conv: id, name: scene.rooms.get(id)?.name ?? conversations.nameOf(id) } : undefined;
  }
  if (byServer) return { conv: SERVER, name: config.host };
  const partner = isSelf(nick, scene) ? target : nick;
  const conv = conversations.idOf(partner);
  return conv === undefined ? undefined : { conv, name: partner };
}

function words(ctcp: Ctcp): string | undefined {
  if (ctcp.kind !== "request") return ctcp.text;
  if (ctcp.command !== "DCC") return undefined;
  return `offers ${plainName(dccOffer(ctcp.rest), 100)} past the server (DCC). Homeport does not take it: it would tell them your address.`;
}
