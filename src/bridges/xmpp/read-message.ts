import type { ConvId, TxnId, UserId } from "../contract/index.ts";
import type { Conversations } from "./conversations.ts";
import type { Draft } from "./drafts.ts";
import { encryptionOf, unreadable } from "./encryption.ts";
import { bareAddress, parseJid, plainName } from "./jids.ts";
import { mentions } from "./mentions.ts";
import { NS } from "./ns.ts";
import type { RoomBook } from "./room-book.ts";
import { messageText } from "./texts.ts";
import { childText, type Element } from "./xml.ts";
import { isComposing } from "./xep-0085-chat-states.ts";
import { receivedId } from "./xep-0184-receipts.ts";
import { invitationIn } from "./xep-0249-invitations.ts";
import { correctedId } from "./xep-0308-corrections.ts";
import { displayedId } from "./xep-0333-markers.ts";
import { byArchive, bySender, byWire, messageName, occupantIdOf, txnIn, wireIdOf } from "./xep-0359-stanza-ids.ts";
import { retractedId } from "./xep-0424-retraction.ts";
import { moderatedId } from "./xep-0425-moderation.ts";
import { reactionsIn } from "./xep-0444-reactions.ts";
import { replyTarget, withoutFallback } from "./xep-0461-replies.ts";

/** How long somebody is held to be writing without a further word, in milliseconds. */
const COMPOSING_MS = 30_000;

export interface Reading {
  /** The own bare address. */
  own: string;
  conversations: Conversations;
  rooms: RoomBook;
}

/** Where a message came from. */
export interface Way {
  /** The own account sent it, by this or another program. */
  isSent: boolean;
  /** What the archive calls it that keeps it. */
  archiveId: string | undefined;
  isLive: boolean;
}

/** What a message is about, before its content is looked at. */
interface About extends Way {
  conv: ConvId;
  from: UserId | "self";
  /** Whose later words may change it. */
  sender: string;
  isRoom: boolean;
}

/** What a message says (RFC 6121, section 5, and the XEPs named by the imports). Errors are not for here. */
export function readMessage(message: Element, way: Way, reading: Reading): Draft[] {
  const about = message.attrs["type"] === "groupchat" ? inRoom(message, way, reading) : oneToOne(message, way, reading);
  return about ? contentOf(message, about, reading) : [];
}

function inRoom(message: Element, way: Way, { conversations, rooms }: Reading): About | undefined {
  const jid = parseJid(message.attrs["from"]);
  const conv = jid && `${jid.local}@${jid.domain}`;
  if (!jid || !conv || !conversations.isRoom(conv)) return undefined;
  const occupant = occupantIdOf(message);
  const isSelf = rooms.isSelf(conv, jid.resource, occupant, way.isLive);
  const from = isSelf ? "self" : jid.resource === "" ? conv : `${conv}/${jid.resource}`;
  return { ...way, conv, from, sender: isSelf ? "self" : (occupant ?? from), isRoom: true };
}

function oneToOne(message: Element, way: Way, { own, conversations }: Reading): About | undefined {
  const { from, to } = message.attrs;
  const isSent = way.isSent || bareAddress(from) === own;
  const user = message.getChild("x", NS.mucUser);
  const conv = conversations.of(isSent ? to : from, user !== undefined && !user.getChild("invite"));
  if (!conv) return undefined;
  const author: UserId = isSent ? "self" : personOf(conv);
  return { ...way, isSent, conv, from: author, sender: author, isRoom: false };
}

/** The other side of a conversation of two. */
const personOf = (conv: ConvId): UserId => String(conv);

function contentOf(message: Element, about: About, reading: Reading): Draft[] {
  const { conv, from } = about;
  const invitation = about.isSent ? undefined : invitationIn(message);
  if (invitation && !about.isRoom) return invited(invitation, about);
  return (
    takenBack(message, about) ??
    reacted(message, about) ??
    corrected(message, about) ??
    said(message, about, reading) ??
    read(message, about) ??
    topic(message, about) ?? [...typing(message, { conv, from, isLive: about.isLive })]
  );
}

/** Ours, come back. */
function ownTxn(message: Element, { from }: About): { txn?: TxnId } {
  const txn = from === "self" ? txnIn(message) : undefined;
  return txn === undefined ? {} : { txn };
}

function takenBack(message: Element, about: About): Draft[] | undefined {
  const { conv, from, sender, isRoom } = about;
  const moderated = isRoom && from === conv ? moderatedId(message) : undefined;
  if (moderated)
    return [
      { kind: "delete", conv, from: personOf(conv), target: { conv, id: byArchive(moderated.id) }, by: moderated.by ?? personOf(conv) },
    ];
  const id = retractedId(message);
  return id === undefined
    ? undefined
    : [{ kind: "delete", conv, from, target: { conv, id: bySender(sender, id) }, ...ownTxn(message, about) }];
}

function reacted(message: Element, about: About): Draft[] | undefined {
  const { conv, from, isRoom } = about;
  const reactions = reactionsIn(message);
  if (!reactions) return undefined;
  const { id, set } = reactions;
  return [
    {
      kind: "reactions",
      conv,
      from,
      user: from,
      target: { conv, id: isRoom ? byArchive(id) : byWire(id) },
      set,
      ...ownTxn(message, about),
    },
  ];
}

function corrected(message: Element, about: About): Draft[] | undefined {
  const { conv, from, sender, archiveId } = about;
  const id = correctedId(message);
  const body = childText(message, "body");
  if (id === undefined || body === undefined) return undefined;
  const { text } = messageText(withoutFallback(message, body));
  return [
    {
      kind: "edit",
      conv,
      from,
      target: { conv, id: bySender(sender, id) },
      rev: archiveId ?? wireIdOf(message) ?? "1",
      body: { text },
      ...ownTxn(message, about),
    },
  ];
}

function said(message: Element, about: About, { rooms }: Reading): Draft[] | undefined {
  const { conv, from, sender, archiveId, isRoom } = about;
  const body = childText(message, "body");
  const method = encryptionOf(message, body);
  if (body === undefined && (method === undefined || !hasText(message))) return undefined;
  const { style, text } =
    method === undefined ? messageText(withoutFallback(message, body ?? "")) : { style: "text" as const, text: unreadable(method) };
  const wireId = wireIdOf(message);
  const target = replyTarget(message);
  const names = [archiveId, wireId].filter((id) => id !== undefined);
  const draft: Draft = {
    kind: "message",
    conv,
    from,
    id: messageName(archiveId, wireId),
    style: message.attrs["type"] === "headline" ? "notice" : style,
    body: { text },
    aliases: [...new Set([...(wireId === undefined ? [] : [byWire(wireId)]), ...names.map((id) => bySender(sender, id))])],
    ...ownTxn(message, about),
    ...(target === undefined ? {} : { replyTo: { conv, id: isRoom ? byArchive(target) : byWire(target) } }),
    ...(isRoom && from !== "self" && mentions(text, rooms.nick(conv)) ? { mentionsMe: true } : {}),
  };
  return [draft, ...typing(message, about)];
}

/** Some OMEMO messages only carry keys. */
function hasText(message: Element): boolean {
  const encrypted = message.getChild("encrypted");
  return !encrypted || encrypted.getChild("payload") !== undefined;
}

function read(message: Element, { conv, from, isRoom }: About): Draft[] | undefined {
  const shown = displayedId(message);
  const arrived = shown === undefined ? receivedId(message) : undefined;
  const id = shown ?? arrived;
  if (id === undefined) return undefined;
  const type = shown === undefined ? "delivered" : "read";
  return [{ kind: "receipt", conv, from, type, upTo: { conv, id: isRoom ? byArchive(id) : byWire(id) }, user: from }];
}

function topic(message: Element, { conv, from, isRoom, isLive }: About): Draft[] | undefined {
  const subject = message.getChild("subject");
  if (!isRoom || !subject || message.getChild("thread")) return undefined;
  const words = subject.getText();
  return isLive ? [{ kind: "topic", conv, from, topic: words }] : [];
}

function typing(message: Element, { conv, from, isLive }: Pick<About, "conv" | "from" | "isLive">): Draft[] {
  const on = isComposing(message);
  if (on === undefined || from === "self" || !isLive) return [];
  return [{ kind: "typing", conv, user: from, on, ttlMs: on ? COMPOSING_MS : 0 }];
}

function invited(invitation: NonNullable<ReturnType<typeof invitationIn>>, { conv, from }: About): Draft[] {
  const { room, by, reason } = invitation;
  const why = reason === "" ? "" : `: ${plainName(reason)}`;
  const text = `${plainName(by ?? conv)} invites you to ${plainName(room)}${why}`;
  return [
    { kind: "message", conv: by ?? conv, from: by ?? from, id: messageName(undefined, `invite ${room}`), style: "notice", body: { text } },
  ];
}
