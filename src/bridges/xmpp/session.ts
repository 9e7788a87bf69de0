import { randomBytes } from "node:crypto";
import type { SecurityFacts } from "../../security-labels/index.ts";
import type { Command, ConvId, ConvInfo, Inbound, Reconciled, SendResult, UserInfo } from "../contract/index.ts";
import { BridgeError, mayTravel, toBridgeError } from "../kit/index.ts";
import { type Searched, searchArchive } from "./archive-search.ts";
import { CatchUp } from "./catch-up.ts";
import { describe, nameOf } from "./conv-info.ts";
import { Deliveries } from "./deliveries.ts";
import type { Draft } from "./drafts.ts";
import { factsOf } from "./facts.ts";
import { type Failure, streamError } from "./failures.ts";
import { gapSince, outside } from "./gaps.ts";
import { Hearing } from "./hearing.ts";
import { Iqs } from "./iqs.ts";
import { bareOf, plainName, typedJid } from "./jids.ts";
import { Liveness } from "./liveness.ts";
import { NS } from "./ns.ts";
import { findKind, publicRooms } from "./open-target.ts";
import { stanzaOf, unsupported } from "./outgoing.ts";
import type { Ready } from "./rfc-6120-streams.ts";
import { Roster } from "./rfc-6121-roster.ts";
import { type Room, RoomBook } from "./room-book.ts";
import type { Shared } from "./shared.ts";
import { type Element, el } from "./xml.ts";
import { discoInfo } from "./xep-0030-disco.ts";
import { Muc } from "./xep-0045-muc.ts";
import { chatState } from "./xep-0085-chat-states.ts";
import { type Resumable, StreamManagement } from "./xep-0198-stream-management.ts";
import { serverTime } from "./xep-0202-time.ts";
import { enableCarbons } from "./xep-0280-carbons.ts";
import { archivesAll, Archives } from "./xep-0313-mam.ts";
import { displayed } from "./xep-0333-markers.ts";
import { namesIn } from "./xep-0359-stanza-ids.ts";

/** As in the manifest: without end-to-end encryption XMPP is never better. */
const CEILING = "server-reads";
const STANZAS = new Set(["message", "presence", "iq"]);

/** One connection after its login. */
export class Session {
  /** Why it ended, if the server said so. */
  why: Failure | undefined;
  readonly #shared: Shared;
  readonly #ready: Ready;
  readonly #full: string;
  readonly #facts: Record<SecurityFacts["source"], SecurityFacts>;
  readonly #sm: StreamManagement;
  readonly #iqs: Iqs;
  readonly #archives: Archives;
  readonly #catchUp: CatchUp;
  readonly #rooms = new RoomBook();
  readonly #roster = new Roster();
  readonly #muc: Muc;
  readonly #deliveries: Deliveries;
  readonly #hearing: Hearing;
  readonly #liveness: Liveness;
  readonly #timers: NodeJS.Timeout[] = [];
  #hasArchive: boolean | undefined;
  #isOver = false;
  #serverAhead: number | undefined;

  constructor(shared: Shared, ready: Ready, resumable: Resumable | undefined) {
    const { config, world, journal, inbox, places, conversations } = shared;
    const { domain } = config.jid;
    this.#shared = shared;
    this.#ready = ready;
    this.#full = ready.full ?? resumable?.full ?? config.bare;
    this.#facts = factsOf(ready.link, ready.mechanism);
    this.#sm = new StreamManagement((element) => ready.stream.send(element), this.#full);
    if (ready.resumed && resumable) this.#sm.resumed(resumable, ready.resumed);
    this.#iqs = new Iqs({
      write: (stanza) => this.#write(stanza),
      self: { bare: config.bare, domain, full: () => this.#full },
      timeoutMs: world.timings.iq,
    });
    this.#archives = new Archives(this.#iqs, config.bare);
    this.#deliveries = new Deliveries({
      journal,
      facts: this.#facts.live,
      deadlineMs: world.timings.delivery,
      write: (stanza, taken) => this.#write(stanza, taken),
    });
    this.#hearing = new Hearing({
      ...{ shared, rooms: this.#rooms, roster: this.#roster, deliveries: this.#deliveries, facts: this.#facts },
      nonce: randomBytes(9).toString("base64url"),
      write: (stanza) => this.#write(stanza),
      hasArchive: () => this.#hasArchive,
      catchUp: () => this.#catchUp,
      state: () => this.#sm.state(this.#sm.mark),
    });
    this.#catchUp = new CatchUp(
      {
        ...{ archives: this.#archives, inbox, own: config.bare },
        read: (message, archive) => this.#hearing.archived(message, archive),
        lost: (archive, since) => this.#lost(archive, since),
        isOver: () => this.#isOver,
      },
      places,
    );
    this.#muc = new Muc({
      ...{ world, iqs: this.#iqs, book: this.#rooms, nick: config.nick },
      write: (stanza) => this.#write(stanza),
      tell: (drafts) => this.#tell(drafts),
      password: (room) => shared.host.vault.get(`room:${room}`).catch(() => undefined),
      entered: (room) => this.#entered(room),
      outside: (room, error) => this.#tell([this.#introduction(room, "left"), outside(room, error.data.message)]),
    });
    this.#liveness = new Liveness({
      world,
      ask: () => this.#askForLife(),
      dead: () => ready.stream.cut(new Error("the server does not answer any more")),
    });
    for (const conv of conversations.openRooms) this.#rooms.enter(conv, config.nick);
  }

  get self(): UserInfo {
    const { bare } = this.#shared.config;
    return { id: bare, name: bare, handle: bare };
  }

  get lagMs(): number {
    return this.#liveness.lagMs;
  }

  /** What the next connection may take up. */
  get resumable(): Resumable | undefined {
    return this.#sm.state(this.#sm.storedMark);
  }

  /** Resolves when messages can be sent. Everything else goes on behind it. */
  async start(): Promise<void> {
    const { world } = this.#shared;
    if (!this.#ready.resumed && this.#ready.features.getChild("sm", NS.sm)) this.#sm.enable();
    this.#ready.stream.take((element) => this.#take(element));
    this.#liveness.start();
    await this.#prepare();
    this.#timers.push(setInterval(() => this.#lookAtRooms(), world.timings.selfPing));
    void this.#fetch();
  }

  /** The connection is gone. */
  stop(): void {
    this.#isOver = true;
    this.#liveness.stop();
    this.#muc.stop();
    this.#iqs.close();
    this.#deliveries.close();
    for (const timer of this.#timers) clearInterval(timer);
  }

  goodbye(): void {
    this.#write(el("presence", { type: "unavailable" }));
  }

  pause(on: boolean): void {
    this.#liveness.pause(on);
  }

  /** Rejects with a `BridgeError`. */
  async execute(command: Command, signal: AbortSignal): Promise<SendResult> {
    const { journal } = this.#shared;
    const done = journal.done(command.txn);
    if (done) return { state: "acked", ...done };
    const passage = mayTravel(command.minLabel, this.#facts.live, CEILING, "homeport");
    if (!passage.ok) throw new BridgeError({ code: "insecure", sent: "no", message: passage.reason });
    switch (command.op) {
      case "typing":
      case "read":
        return this.#hint(command);
      case "join":
        await this.open(command.conv);
        return { state: "acked", refs: [], sec: this.#facts.live };
      case "leave":
        this.leave(command.conv);
        return { state: "acked", refs: [], sec: this.#facts.live };
      default:
        return this.#send(command, signal);
    }
  }

  async reconcile(commands: readonly Command[]): Promise<Reconciled[]> {
    const byConv = new Map<ConvId, Command[]>();
    for (const command of commands) byConv.set(command.conv, [...(byConv.get(command.conv) ?? []), command]);
    const answers = [...byConv].map(([conv, some]) => this.#search(conv, some).catch(() => some.map(({ txn }) => cannotKnow(txn))));
    return (await Promise.all(answers)).flat();
  }

  /** Rejects with a `BridgeError`. */
  async open(target: string): Promise<ConvInfo> {
    const [address = "", password] = target.trim().split(/\s+/);
    const jid = typedJid(address);
    const conv = jid.resource === "" ? bareOf(jid) : `${bareOf(jid)}/${jid.resource}`;
    const { conversations } = this.#shared;
    const kind = conversations.isRoom(conv)
      ? "room"
      : jid.resource !== ""
        ? "person"
        : await findKind(this.#iqs, this.#roster, conv, jid.domain);
    if (kind === "room") await this.#enter(conv, password);
    else if (password !== undefined) throw unsupported("Give an address, or a room and its password.");
    conversations.add(conv);
    return this.#info(conv, "joined");
  }

  leave(conv: ConvId): void {
    if (this.#rooms.get(conv)) this.#muc.leave(conv);
    this.#shared.host.vault.set(`room:${conv}`, undefined).catch(() => undefined);
  }

  async list(what: "contacts" | "conversations" | "public-rooms", query: string | undefined): Promise<(UserInfo | ConvInfo)[]> {
    if (what === "contacts") return this.#roster.list(query);
    if (what === "conversations") return this.#shared.conversations.open.map((conv) => this.#info(conv, "joined"));
    const rooms = await publicRooms(this.#iqs, this.#shared.config.jid.domain, query);
    return rooms.map(({ jid, name }) => describe(jid, "left", { name, isRoom: true, archive: false }));
  }

  async #prepare(): Promise<void> {
    const { config, world } = this.#shared;
    const [own] = await Promise.all([
      discoInfo(this.#iqs, config.bare).catch(() => undefined),
      this.#roster.load(this.#iqs).catch(() => undefined),
      enableCarbons(this.#iqs).catch(() => undefined),
    ]);
    this.#hasArchive = own?.features.has(NS.mam) ?? false;
    if (config.sends.presence) this.#write(el("presence", {}));
    const began = world.now();
    void serverTime(this.#iqs, config.jid.domain).then((time) => (this.#serverAhead = time === undefined ? undefined : time - began));
  }

  /** What was said while nobody listened. */
  async #fetch(): Promise<void> {
    const { config, conversations } = this.#shared;
    for (const room of conversations.openRooms) void this.#muc.keepIn(room);
    if (this.#hasArchive) await this.#catchUp.run(config.bare).catch((error: unknown) => this.#warn("the archive was not read", error));
    else if (!this.#ready.resumed)
      this.#tell(conversations.open.filter((conv) => !conversations.isRoom(conv)).map((conv) => gapSince(conv, undefined)));
  }

  #entered(room: Room): void {
    if (this.#isOver) return;
    this.#tell([this.#introduction(room.jid, "joined")]);
    if (room.archive) this.#catchUp.run(room.jid).catch((error: unknown) => this.#warn("the archive of a room was not read", error));
    else if (this.#shared.conversations.isOpen(room.jid) && !this.#ready.resumed) this.#tell([gapSince(room.jid, undefined)]);
  }

  async #enter(conv: ConvId, password: string | undefined): Promise<void> {
    const { conversations, inbox, host } = this.#shared;
    const again = conversations.isOpen(conv);
    if (password !== undefined) await host.vault.set(`room:${conv}`, password);
    inbox.note(conversations.addRoom(conv));
    try {
      const room = await this.#muc.join(conv, true);
      // Where it begins has to be known before anything more is said there.
      if (room.archive) await this.#catchUp.run(conv);
    } catch (error) {
      if (!again) {
        this.leave(conv);
        inbox.note(conversations.remove(conv));
      }
      throw error;
    }
  }

  async #send(command: Command, signal: AbortSignal): Promise<SendResult> {
    const { conversations } = this.#shared;
    const isRoom = conversations.isRoom(command.conv);
    const stanza = stanzaOf(command, isRoom);
    if (isRoom && !this.#rooms.get(command.conv)?.isIn) throw notInside(command.conv);
    return this.#deliveries.deliver({ txn: command.txn, conv: command.conv, stanza, proof: isRoom ? "room" : "server" }, signal);
  }

  /** Said once and forgotten: nobody waits for it. */
  #hint(command: Command & { op: "typing" | "read" }): SendResult {
    const { config, conversations } = this.#shared;
    const { conv } = command;
    const type = conversations.isRoom(conv) ? "groupchat" : "chat";
    if (command.op === "typing" && config.sends.typing)
      this.#write(el("message", { to: conv, type }, chatState(command.on ? "composing" : "paused"), el("no-store", { xmlns: NS.hints })));
    const names = command.op === "read" ? namesIn(command.upTo.id) : undefined;
    const id = type === "groupchat" ? names?.archiveId : names?.wireId;
    if (id !== undefined && config.sends.markers) this.#write(displayed(conv, type, id));
    return { state: "acked", refs: [], sec: this.#facts.live };
  }

  async #search(conv: ConvId, commands: readonly Command[]): Promise<Reconciled[]> {
    const isRoom = this.#shared.conversations.isRoom(conv);
    const has = isRoom ? this.#rooms.get(conv)?.archive : this.#hasArchive;
    if (!has) return commands.map(({ txn }) => cannotKnow(txn));
    const where: Searched = { conv, isRoom, isComplete: isRoom || (await archivesAll(this.#iqs)) };
    const context = {
      archives: this.#archives,
      txnOf: (message: Parameters<Hearing["ownTxn"]>[0]) => this.#hearing.ownTxn(message, isRoom),
      serverAhead: this.#serverAhead,
    };
    return searchArchive(context, where, commands);
  }

  #take(element: Element): void {
    this.#liveness.heard();
    if (this.#sm.take(element)) return;
    const name = element.getName();
    if (name === "error") return this.#ended(element);
    if (!STANZAS.has(name)) return;
    this.#sm.received();
    const { mark } = this.#sm;
    try {
      this.#stanza(name, element);
    } catch (error) {
      this.#warn("a stanza could not be read", error);
    }
    this.#shared.inbox.mark(() => this.#sm.stored(mark));
  }

  #stanza(name: string, stanza: Element): void {
    if (name === "iq") return void (this.#iqs.take(stanza) || this.#hearing.asked(stanza));
    if (name === "presence") return void (this.#muc.take(stanza) || this.#hearing.presence(stanza));
    if (!this.#archives.take(stanza)) this.#hearing.message(stanza);
  }

  #ended(error: Element): void {
    this.why = streamError(this.#shared.config.jid.domain, error);
    this.#ready.stream.cut();
  }

  #write(stanza: Element, taken?: () => void): boolean {
    if (!this.#ready.stream.send(stanza)) return false;
    if (this.#sm.isOn) this.#sm.sent(taken);
    // Without stream management the server is asked for something else: it answers in order.
    else if (taken) this.#ping().then(taken, () => undefined);
    return true;
  }

  #askForLife(): void {
    if (this.#sm.isOn) this.#sm.ask(true);
    else this.#ping().catch(() => undefined);
  }

  #ping(): Promise<unknown> {
    return this.#iqs.request("get", el("ping", { xmlns: NS.ping }), this.#shared.config.jid.domain).catch((error: unknown) => {
      // Whoever says that it cannot answer has answered.
      if (toBridgeError(error, "maybe").data.code === "offline") throw error;
    });
  }

  #lookAtRooms(): void {
    for (const { jid } of this.#rooms.all()) this.#muc.look(jid).catch((error: unknown) => this.#warn("a room was not looked at", error));
  }

  #lost(archive: string, since: number | undefined): Inbound[] {
    const { conversations, config } = this.#shared;
    const convs = archive === config.bare ? conversations.open.filter((conv) => !conversations.isRoom(conv)) : [archive];
    return this.#hearing.stamp(convs.map((conv) => gapSince(conv, since)));
  }

  #tell(drafts: readonly Draft[]): void {
    this.#shared.inbox.push(this.#hearing.stamp(drafts), "live");
  }

  #introduction(conv: ConvId, state: ConvInfo["state"]): Draft {
    const { id: _, ...patch } = this.#info(conv, state);
    return { kind: "conv", conv, patch };
  }

  #info(conv: ConvId, state: ConvInfo["state"]): ConvInfo {
    const room = this.#rooms.get(conv);
    const isRoom = this.#shared.conversations.isRoom(conv);
    const name = room?.name ?? this.#roster.get(conv)?.name ?? nameOf(conv);
    return describe(conv, state, { name, topic: room?.topic, isRoom, archive: (isRoom ? room?.archive : this.#hasArchive) ?? false });
  }

  #warn(what: string, error: unknown): void {
    if (!this.#isOver) this.#shared.host.log("warn", what, { error: error instanceof Error ? error.message.slice(0, 200) : typeof error });
  }
}

const cannotKnow = (txn: string): Reconciled => ({ txn, found: "cannot-know" });

function notInside(conv: ConvId): BridgeError {
  return new BridgeError({ code: "offline", sent: "no", message: `${plainName(conv)} has not been entered yet.`, action: "none" });
}
