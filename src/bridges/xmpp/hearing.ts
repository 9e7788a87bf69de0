import type { SecurityFacts } from "../../security-labels/index.ts";
import type { Inbound } from "../contract/index.ts";
import type { CatchUp } from "./catch-up.ts";
import { describe, nameOf } from "./conv-info.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Draft } from "./drafts.ts";
import { bareAddress, parseJid } from "./jids.ts";
import { NS } from "./ns.ts";
import { readMessage, type Way } from "./read-message.ts";
import type { Roster } from "./rfc-6121-roster.ts";
import type { RoomBook } from "./room-book.ts";
import type { Shared } from "./shared.ts";
import { stanzaError } from "./stanza-errors.ts";
import { childText, type Element, el } from "./xml.ts";
import { ownInfo } from "./xep-0030-disco.ts";
import { asksForReceipt, receipt } from "./xep-0184-receipts.ts";
import { encodeResumable, type Resumable } from "./xep-0198-stream-management.ts";
import { delayStamp } from "./xep-0203-delay.ts";
import { readCarbon } from "./xep-0280-carbons.ts";
import type { Archived } from "./xep-0313-mam.ts";
import { archiveIdIn, byArchive, txnIn, wireIdOf } from "./xep-0359-stanza-ids.ts";

export interface HearingContext {
  shared: Shared;
  rooms: RoomBook;
  roster: Roster;
  deliveries: Deliveries;
  facts: Record<SecurityFacts["source"], SecurityFacts>;
  /** Random, unique for each connection. */
  nonce: string;
  write: (stanza: Element) => boolean;
  hasArchive: () => boolean | undefined;
  catchUp: () => CatchUp;
  /** What to keep beside everything until now, so that the session can be taken up behind it. */
  state: () => Resumable | undefined;
}

/** What a name tells the host of somebody in a room; more are not remembered. */
const MAX_NAMED = 20_000;

/** What comes in on one connection, on its way to the host. */
export class Hearing {
  readonly #context: HearingContext;
  readonly #named = new Set<string>();
  #count = 0;

  constructor(context: HearingContext) {
    this.#context = context;
  }

  message(stanza: Element): void {
    const { own } = this.#reading;
    const carbon = readCarbon(stanza, own);
    if (carbon.isCarbon) {
      if (carbon.message) this.#hear(carbon.message.message, carbon.message.direction === "sent");
    } else if (stanza.attrs["type"] === "error") this.#bounced(stanza);
    else this.#hear(stanza, false);
  }

  /** A result of an archive. */
  archived({ message, archiveId, stamp }: Archived, archive: string): Inbound[] {
    const { own } = this.#reading;
    const isRoom = archive !== own;
    if ((message.attrs["type"] === "groupchat") !== isRoom || message.attrs["type"] === "error") return [];
    if (isRoom && bareAddress(message.attrs["from"]) !== archive) return [];
    const way: Way = { isSent: !isRoom && bareAddress(message.attrs["from"]) === own, archiveId, isLive: false };
    return this.stamp(this.#introducing(readMessage(message, way, this.#reading)), { archiveId, ts: stamp, source: "history" });
  }

  /** The transaction that an archived message of ours carries. */
  ownTxn({ message, archiveId }: Archived, isRoom: boolean): string | undefined {
    const txn = txnIn(message);
    if (txn === undefined) return undefined;
    if (!isRoom) return bareAddress(message.attrs["from"]) === this.#reading.own ? txn : undefined;
    const [draft] = readMessage(message, { isSent: false, archiveId, isLive: false }, this.#reading);
    return draft && "from" in draft && draft.from === "self" ? txn : undefined;
  }

  presence(stanza: Element): void {
    const { conversations } = this.#context.shared;
    const user = bareAddress(stanza.attrs["from"]);
    const { type } = stanza.attrs;
    if (!user || !conversations.isOpen(user) || (type !== undefined && type !== "unavailable")) return;
    const show = childText(stanza, "show");
    const state = type === "unavailable" ? "offline" : show === "dnd" ? "dnd" : show === "away" || show === "xa" ? "away" : "online";
    const text = childText(stanza, "status");
    this.#push([{ kind: "presence", conv: user, user, state, ...(text ? { text: text.slice(0, 500) } : {}) }]);
  }

  /** A question to us. Everything but what we know is refused, as it has to be. */
  asked(stanza: Element): void {
    const { id, type, from } = stanza.attrs;
    if (type !== "get" && type !== "set") return;
    const roster = type === "set" ? stanza.getChild("query", NS.roster) : undefined;
    const isServer = from === undefined || bareAddress(from) === this.#reading.own;
    const info = type === "get" ? stanza.getChild("query", NS.info) : undefined;
    if (roster && isServer) this.#context.roster.push(roster);
    const isKnown = (roster && isServer) || (type === "get" && stanza.getChild("ping", NS.ping)) || info;
    const refusal = el("error", { type: "cancel" }, el("service-unavailable", { xmlns: NS.stanzas }));
    const answer = isKnown ? info && ownInfo(info.attrs["node"]) : refusal;
    this.#context.write(el("iq", { type: isKnown ? "result" : "error", id, to: from }, answer));
  }

  /** Events of drafts: each owes its key, time and facts to the stanza that it came in. */
  stamp(
    drafts: readonly Draft[],
    about: { archiveId?: string | undefined; ts?: number | undefined; source?: "live" | "history" } = {},
  ): Inbound[] {
    const { facts, nonce, shared } = this.#context;
    return drafts.map((draft) => {
      const key = draft.key ?? (about.archiveId === undefined ? `${nonce}:${this.#count++}` : byArchive(about.archiveId));
      const ts = about.ts ?? Math.max(0, shared.world.now());
      return { ...draft, key, ts, sec: facts[about.source ?? "live"] };
    });
  }

  get #reading() {
    const { shared, rooms } = this.#context;
    return { own: shared.config.bare, conversations: shared.conversations, rooms };
  }

  #hear(message: Element, isSent: boolean): void {
    const { own } = this.#reading;
    const { hasArchive, rooms, catchUp, shared } = this.#context;
    const isRoom = message.attrs["type"] === "groupchat";
    const archive = isRoom ? bareAddress(message.attrs["from"]) : own;
    if (!archive || (isRoom && !rooms.get(archive))) return;
    // As long as it is not known whether there is an archive, its ids count: what comes again from it must be the same.
    const isKept = (isRoom ? rooms.get(archive)?.archive : hasArchive()) !== false;
    const archiveId = isKept ? archiveIdIn(message, archive) : undefined;
    const stamp = delayStamp(message, isRoom ? [archive] : [own, shared.config.jid.domain]);
    if (isRoom && this.#isAnswer(message, archive, archiveId)) return;
    const place = archiveId === undefined ? {} : catchUp().live(archive, archiveId, stamp ?? shared.world.now());
    if (place === false) return;
    const way = { isSent, archiveId, isLive: stamp === undefined };
    const drafts = this.#introducing(readMessage(message, way, this.#reading));
    this.#learnTopic(drafts, archive, isRoom, message);
    const source = stamp === undefined ? "live" : "history";
    this.#push(drafts, { archiveId, ts: stamp, source }, place);
    if (!isRoom && !isSent && way.isLive) this.#confirm(message, drafts);
  }

  /** Our own words, sent to us by the room: whoever sent them hears that they arrived. */
  #isAnswer(message: Element, room: string, archiveId: string | undefined): boolean {
    const { rooms, deliveries, catchUp, shared } = this.#context;
    const txn = txnIn(message);
    if (!deliveries.isWaiting(txn) || txn === undefined) return false;
    const resource = parseJid(message.attrs["from"])?.resource ?? "";
    if (!rooms.isSelf(room, resource, message.getChild("occupant-id", NS.occupant)?.attrs["id"], true)) return false;
    if (!deliveries.acknowledge(txn, archiveId)) return false;
    const place = archiveId === undefined ? {} : catchUp().live(room, archiveId, shared.world.now());
    if (place !== false) shared.inbox.note(place);
    return true;
  }

  #learnTopic(drafts: Draft[], room: string, isRoom: boolean, message: Element): void {
    const book = isRoom ? this.#context.rooms.get(room) : undefined;
    const topic = drafts.find((draft) => draft.kind === "topic");
    if (!book || !message.getChild("subject") || message.getChild("body")) return;
    const words = childText(message, "subject") ?? "";
    const isFirst = book.topic === undefined;
    book.topic = words;
    // What it was when we came in is no news.
    if (topic && isFirst) drafts.splice(drafts.indexOf(topic), 1, { kind: "conv", conv: room, patch: { topic: words } });
  }

  #bounced(stanza: Element): void {
    const { deliveries } = this.#context;
    const txn = txnIn(stanza);
    if (txn === undefined) return;
    const error = stanzaError(stanza, stanza.attrs["from"] ?? "");
    const wasWaiting = deliveries.isWaiting(txn);
    const isTold = deliveries.refuse(txn, error);
    if (wasWaiting && isTold) return;
    const conv = this.#context.shared.conversations.of(stanza.attrs["from"], false);
    if (conv) this.#push([{ kind: "sendError", conv, txn, error: error.data, key: `bounce:${txn}` }]);
  }

  /** The sender wants to know that it arrived: it has, once the host has it. */
  #confirm(message: Element, drafts: readonly Draft[]): void {
    const { shared, roster, write } = this.#context;
    const { from } = message.attrs;
    const id = wireIdOf(message);
    const sender = bareAddress(from);
    const isMessage = drafts.some(({ kind }) => kind === "message");
    if (!shared.config.sends.receipts || !isMessage || !from || !id || !sender) return;
    if (asksForReceipt(message) && roster.mayKnow(sender)) shared.inbox.mark(() => void write(receipt(from, id)));
  }

  #push(drafts: readonly Draft[], about: Parameters<Hearing["stamp"]>[1] = {}, place: Record<string, Uint8Array> = {}): void {
    const { inbox } = this.#context.shared;
    const state = this.#context.state();
    if (drafts.length > 0) inbox.push(this.stamp(drafts, about), about.source === "history" ? "catchup" : "live");
    const kv = { ...place, ...(state && drafts.length > 0 ? { sm: encodeResumable(state) } : {}) };
    if (Object.keys(kv).length > 0) inbox.note(kv);
  }

  /** In front of what somebody says: who that is, and what the conversation is called. */
  #introducing(drafts: Draft[]): Draft[] {
    return drafts.flatMap((draft) => [...this.#introduced(draft), draft]);
  }

  #introduced(draft: Draft): Draft[] {
    if (draft.kind !== "message") return [];
    const { conversations } = this.#context.shared;
    const { conv, from } = draft;
    const introductions: Draft[] = [];
    if (!conversations.isRoom(conv) && conversations.introduce(conv, nameOf(conv))) introductions.push(this.#introduction(conv));
    if (from !== undefined && from !== "self" && !this.#named.has(from) && this.#named.size < MAX_NAMED) {
      this.#named.add(from);
      const name = conversations.isRoom(conv) || from.includes("/") ? nameOf(from) : (this.#context.roster.get(from)?.name ?? from);
      introductions.push({ kind: "user", conv, user: from, patch: { name } });
    }
    return introductions;
  }

  #introduction(conv: string): Draft {
    const name = this.#context.roster.get(conv)?.name ?? nameOf(conv);
    const { id: _, ...patch } = describe(conv, "joined", { name, isRoom: false, archive: this.#context.hasArchive() ?? false });
    return { kind: "conv", conv, patch };
  }
}
