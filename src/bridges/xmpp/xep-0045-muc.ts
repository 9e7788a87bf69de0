import { setTimeout as sleep } from "node:timers/promises";
import type { Draft } from "./drafts.ts";
import { BridgeError, backoffMs } from "../kit/index.ts";
import { bareOf, type Jid, parseJid, plainName } from "./jids.ts";
import { NS } from "./ns.ts";
import type { Iqs } from "./iqs.ts";
import type { Room, RoomBook } from "./room-book.ts";
import { StanzaError, stanzaError } from "./stanza-errors.ts";
import type { World } from "./world.ts";
import { discoInfo } from "./xep-0030-disco.ts";
import { occupantIdOf } from "./xep-0359-stanza-ids.ts";
import { stillInside } from "./xep-0410-self-ping.ts";
import { childText, type Element, el } from "./xml.ts";

/** Other nicks that are tried where ours is taken. */
const MAX_NICKS = 5;
const STATUS = {
  self: "110",
  created: "201",
  banned: "301",
  renamed: "303",
  kicked: "307",
  removed: "321",
  membersOnly: "322",
  down: "332",
};

export interface MucContext {
  world: World;
  iqs: Iqs;
  book: RoomBook;
  nick: string;
  write: (stanza: Element) => boolean;
  tell: (drafts: Draft[]) => void;
  password: (room: string) => Promise<string | undefined>;
  /** We are in, and its archive can be asked. */
  entered: (room: Room) => void;
  /** We are out, and try again by ourselves. */
  outside: (room: string, error: BridgeError) => void;
}

interface Joining {
  done: PromiseWithResolvers<void>;
  nick: string;
}

/** Being in rooms (XEP-0045): entering, staying, who else is there. */
export class Muc {
  readonly #context: MucContext;
  readonly #joining = new Map<string, Joining>();
  readonly #stop = new AbortController();
  readonly #wanted = new Set<string>();

  constructor(context: MucContext) {
    this.#context = context;
  }

  stop(): void {
    this.#stop.abort();
    for (const { done } of this.#joining.values()) done.reject(offline());
    this.#joining.clear();
  }

  /** Enters the room, and makes it where there is none and `mayMake`. Rejects with a `BridgeError`. */
  async join(jid: string, mayMake: boolean): Promise<Room> {
    this.#wanted.add(jid);
    const { book, nick } = this.#context;
    const about = await this.#look(jid, mayMake);
    const room = book.enter(jid, book.get(jid)?.nick ?? nick);
    room.archive = about?.features.has(NS.mam) ?? room.archive;
    room.name = about?.identities.find(({ category }) => category === "conference")?.name || room.name;
    await this.#enter(room);
    return room;
  }

  /** Enters, and goes on trying for as long as the connection lasts. */
  async keepIn(jid: string): Promise<void> {
    this.#wanted.add(jid);
    const { world, outside } = this.#context;
    for (let attempt = 1; this.#wanted.has(jid) && !this.#stop.signal.aborted; attempt++) {
      try {
        await this.join(jid, false);
        return;
      } catch (error) {
        if (this.#stop.signal.aborted || !(error instanceof BridgeError)) return;
        if (attempt === 1) outside(jid, error);
        const ms = backoffMs(attempt, world.random(), world.timings.rejoin);
        await sleep(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      }
    }
  }

  leave(jid: string): void {
    this.#wanted.delete(jid);
    const { book, write } = this.#context;
    const room = book.get(jid);
    if (room) write(el("presence", { to: `${jid}/${room.nick}`, type: "unavailable" }));
    book.forget(jid);
  }

  /** Looks from time to time whether the room still has us: a server that was restarted says nothing. */
  async look(jid: string): Promise<void> {
    const { book, iqs } = this.#context;
    const room = book.get(jid);
    if (!room?.isIn || (await stillInside(iqs, `${jid}/${room.nick}`)) || this.#stop.signal.aborted) return;
    room.isIn = false;
    await this.keepIn(jid);
  }

  /** Whether the presence was one of a room. */
  take(presence: Element): boolean {
    const from = parseJid(presence.attrs["from"]);
    const room = from && this.#context.book.get(bareOf(from));
    if (!from || !room) return false;
    const { type } = presence.attrs;
    if (type === "error") this.#refused(room, presence);
    else if (type === "unavailable") this.#gone(room, from, presence);
    else if (type === undefined) this.#there(room, from, presence);
    return true;
  }

  async #look(jid: string, mayMake: boolean) {
    try {
      return await discoInfo(this.#context.iqs, jid);
    } catch (error) {
      // A room that nobody is in is not there yet; a hidden one says nothing of itself.
      const isAbsent = error instanceof StanzaError && error.condition === "item-not-found";
      if (error instanceof StanzaError && (mayMake || !isAbsent) && !NO_ROOM.has(error.condition)) return undefined;
      throw error;
    }
  }

  async #enter(room: Room): Promise<void> {
    const { world, password } = this.#context;
    const key = await password(room.jid);
    for (let attempt = 0; ; attempt++) {
      const nick = attempt === 0 ? room.nick : `${this.#context.nick}${"_".repeat(attempt)}`;
      try {
        return await this.#try(room, nick, key, world.timings.join);
      } catch (error) {
        const isTaken = error instanceof StanzaError && error.condition === "conflict";
        if (!isTaken || attempt >= MAX_NICKS) throw error;
      }
    }
  }

  async #try(room: Room, nick: string, password: string | undefined, ms: number): Promise<void> {
    const done = Promise.withResolvers<void>();
    done.promise.catch(() => undefined);
    this.#joining.get(room.jid)?.done.reject(offline());
    this.#joining.set(room.jid, { done, nick });
    const timer = setTimeout(() => done.reject(late(room.jid)), ms);
    room.occupants.clear();
    const key = password === undefined ? undefined : el("password", {}, password);
    const history = el("history", room.archive ? { maxstanzas: "0" } : { maxstanzas: "50" });
    const isSent = this.#context.write(el("presence", { to: `${room.jid}/${nick}` }, el("x", { xmlns: NS.muc }, history, key)));
    if (!isSent) done.reject(offline());
    try {
      await done.promise;
    } finally {
      clearTimeout(timer);
      if (this.#joining.get(room.jid)?.done === done) this.#joining.delete(room.jid);
    }
  }

  #there(room: Room, from: Jid, presence: Element): void {
    const user = presence.getChild("x", NS.mucUser);
    const status = statusOf(user);
    const item = user?.getChild("item")?.attrs;
    const joining = this.#joining.get(room.jid);
    const isSelf = status.has(STATUS.self) || from.resource === (joining?.nick ?? room.nick);
    const role = item?.["affiliation"] && item["affiliation"] !== "none" ? item["affiliation"] : item?.["role"];
    const isNew = !room.occupants.has(from.resource);
    const isKept = this.#context.book.put(room, from.resource, { role: role?.slice(0, 64), occupantId: occupantIdOf(presence) });
    if (isSelf) this.#self(room, from.resource, presence, status);
    else if (room.isIn && isNew && isKept) this.#members(room, from.resource, "join", role);
  }

  #self(room: Room, nick: string, presence: Element, status: ReadonlySet<string>): void {
    room.nick = nick;
    room.occupantId = occupantIdOf(presence) ?? room.occupantId;
    const joining = this.#joining.get(room.jid);
    if (!joining && room.isIn) return;
    room.isIn = true;
    void this.#settle(room, status.has(STATUS.created)).then(
      () => {
        this.#snapshot(room);
        joining?.done.resolve();
        this.#context.entered(room);
      },
      (error: unknown) => joining?.done.reject(error),
    );
  }

  /** A room of our making is open to nobody before its owner has said how it is to be, and gone with its last occupant unless it is to stay. */
  async #settle(room: Room, isMade: boolean): Promise<void> {
    if (!isMade) return;
    const { iqs } = this.#context;
    const field = (name: string, value: string) => el("field", { var: name }, el("value", {}, value));
    const type = field("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig");
    const form = el("x", { xmlns: NS.forms, type: "submit" }, type, field("muc#roomconfig_persistentroom", "1"));
    await iqs.request("set", el("query", { xmlns: "http://jabber.org/protocol/muc#owner" }, form), room.jid).catch(() => undefined);
    const about = await discoInfo(iqs, room.jid).catch(() => undefined);
    room.archive = about?.features.has(NS.mam) ?? false;
  }

  #gone(room: Room, from: Jid, presence: Element): void {
    const user = presence.getChild("x", NS.mucUser);
    const status = statusOf(user);
    const item = user?.getChild("item");
    const nick = from.resource;
    room.occupants.delete(nick);
    const isSelf = status.has(STATUS.self) || nick === room.nick;
    const renamed = status.has(STATUS.renamed) ? item?.attrs["nick"] : undefined;
    if (renamed) return this.#renamed(room, nick, renamed, isSelf);
    const isForced = status.has(STATUS.banned) || status.has(STATUS.kicked);
    if (isForced && room.isIn) this.#tellForced(room, nick, isSelf, item);
    if (isSelf) return this.#out(room, status, item);
    this.#members(room, nick, "leave", undefined);
  }

  #tellForced({ jid }: Room, nick: string, isSelf: boolean, item: Element | undefined): void {
    const actor = item?.getChild("actor")?.attrs["nick"];
    const reason = childText(item, "reason");
    const by = actor ? { by: `${jid}/${actor}` } : {};
    const user = isSelf ? "self" : `${jid}/${nick}`;
    this.#context.tell([{ kind: "membership", conv: jid, change: "kick", user, ...by, ...(reason ? { text: plainName(reason) } : {}) }]);
  }

  #renamed(room: Room, old: string, now: string, isSelf: boolean): void {
    if (isSelf) room.nick = now;
    const user = `${room.jid}/${old}`;
    this.#context.tell([{ kind: "membership", conv: room.jid, change: "nick", user, to: plainName(now) }]);
    this.#members(room, old, "leave", undefined);
  }

  /** Thrown out or closed: the room is entered again, after a while. */
  #out(room: Room, status: ReadonlySet<string>, item: Element | undefined): void {
    if (!room.isIn) return;
    room.isIn = false;
    if (!this.#wanted.has(room.jid)) return;
    const reason = plainName(childText(item, "reason") ?? "");
    const why = status.has(STATUS.banned) ? "You were banned" : status.has(STATUS.kicked) ? "You were removed" : "The room was left";
    const message = `${why}${reason === "" ? "" : `: ${reason}`}.`;
    this.#context.outside(room.jid, new BridgeError({ code: "forbidden", sent: "no", message, action: "none" }));
    const { world } = this.#context;
    const ms = backoffMs(1, world.random(), world.timings.rejoin);
    const wait = sleep(ms, undefined, { signal: this.#stop.signal, ref: false });
    wait.then(() => this.keepIn(room.jid)).catch(() => undefined);
  }

  #refused(room: Room, presence: Element): void {
    this.#joining.get(room.jid)?.done.reject(stanzaError(presence, room.jid));
  }

  #snapshot(room: Room): void {
    const set = this.#context.book.members(room);
    this.#context.tell([{ kind: "members", conv: room.jid, mode: "snapshot", set }]);
  }

  #members({ jid }: Room, nick: string, state: "join" | "leave", role: string | undefined): void {
    const set = [{ user: `${jid}/${nick}`, state, ...(role ? { role: role.slice(0, 64) } : {}) }];
    this.#context.tell([{ kind: "members", conv: jid, mode: "delta", set }]);
  }
}

/** Answers that mean that there is no room service at the address. */
const NO_ROOM = new Set(["remote-server-not-found", "remote-server-timeout", "jid-malformed"]);

function statusOf(user: Element | undefined): Set<string> {
  return new Set((user?.getChildren("status") ?? []).map(({ attrs }) => attrs["code"] ?? ""));
}

function late(jid: string): BridgeError {
  return new BridgeError({ code: "offline", sent: "no", message: `${plainName(jid)} did not let us in in time.`, action: "none" });
}

function offline(): BridgeError {
  return new BridgeError({ code: "offline", sent: "no", message: "The connection is gone.", action: "none" });
}
