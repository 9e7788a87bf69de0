import { verifyCertificate } from "../account/certificate.ts";
import type { Conversation } from "../core.ts";
import type { Device } from "../device.ts";
import { DOMAIN } from "../domains.ts";
import { compareBytes, sameBytes, toHex } from "../encoding/bytes.ts";
import { HomeportError, MalformedError } from "../errors.ts";
import { digestOf, type Position } from "../log/vector.ts";
import { mayHave } from "../membership.ts";
import type { Link, LinkReceiver, Sql } from "../ports.ts";
import type { KnownDevice } from "../store/devices.ts";
import { decodeFrame, encodeFrame, type Frame, SESSION_VERSION, type TaggedRun } from "./frames.ts";
import { OwnLogFirst } from "./own-log-first.ts";
import { Outgoing } from "./outgoing.ts";
import { Calls, type CallHandler } from "./calls.ts";
import { Carrier, type RenewalLimits } from "./carrier.ts";
import { Tags } from "./tags.ts";
import { isWhole, type Summary, VectorExchange, type VectorPiece } from "./vectors.ts";

/** Own liveness: a ping after so long without a frame, the end after so many intervals. */
const QUIET_MS = 15_000;
const MAX_QUIET = 3;
/** What asks for an answer gets one within this time, or the peer is asked once more, and then suspected to be gone. */
const ANSWER_MS = 3000;
/** A peer that was heard of since is there. */
const LIVELY_MS = 5000;
/** A peer has to prove itself within this time. */
const OPENING_MS = 15_000;
/** After a gap or a full queue a conversation is asked for again, at most this often. */
const ASK_AGAIN_MS = 1000;
const OVERVIEW_ITEMS = 4000;

const ANSWERED: ReadonlySet<Frame["type"]> = new Set(["ping", "call"]);

/** A peer holds a feed up to `to` now, and held it up to `from` before. Rows of conversation and feed. */
export interface Moved {
  conversation: number;
  feed: number;
  from: number;
  to: number;
}

export interface SessionOptions {
  device: Device;
  link: Link;
  peer: KnownDevice;
  /** This device's own transport certificate (K2). */
  certificate: Uint8Array;
  handle: CallHandler;
  renewal: RenewalLimits;
  /** F1: dials the peer once more; undefined where nothing here can dial. */
  redial(): Promise<Link> | undefined;
  /** F1: the peer opened this session's link to go on with another session; undefined where there is none of this token. */
  continues(session: Session, token: Uint8Array): LinkReceiver | undefined;
  /** It does not answer; called again and again until it does, or the session ends. */
  suspected(session: Session): void;
  ready(session: Session): void;
  live(session: Session, topic: string, text: string): void;
  acknowledged(moved: Moved[]): void;
  closed(session: Session, why: string): void;
}

/** Two own devices that talk: the account first, then what the other lacks, then everything as it happens. */
export class Session {
  readonly peer: KnownDevice;
  readonly since: number;
  readonly calls: Calls;
  readonly #options: SessionOptions;
  readonly #device: Device;
  readonly #nonce: Uint8Array;
  readonly #carrier: Carrier;
  #token: Uint8Array | undefined;
  #certificate: Uint8Array | undefined;
  #tags: Tags | undefined;
  #outgoing: Outgoing | undefined;
  #ownLogFirst: OwnLogFirst | undefined;
  #ready = false;
  #closed = false;
  #pumping = false;
  #pumpAgain = false;
  /** Intervals since the last frame. */
  #quiet = 0;
  #heardAt: number;
  /** Runs while an answer is due. */
  #due: (() => void) | undefined;
  /** An answer was due, and it was asked whether anyone is there. */
  #unanswered = false;
  #isSuspect = false;
  #timer: () => void;
  /** Conversations to be asked for again, with the time of the last asking. */
  readonly #asked = new Map<number, number>();
  readonly #askTimers = new Set<() => void>();
  readonly #vectors: VectorExchange;
  readonly #waiting = new Set<number>();
  /** By feed row: what the peer holds. */
  readonly #held = new Map<number, number>();
  /** By key of what is not written yet: where it was before. */
  readonly #noted = new Map<string, number>();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#device = options.device;
    this.peer = options.peer;
    this.since = this.#device.now();
    this.#heardAt = this.since;
    this.#nonce = this.#device.random.bytes(32);
    this.#vectors = new VectorExchange(this.#device.crypto, (conversation) => this.#device.vector(conversation));
    this.calls = new Calls(options.handle, (frame) => this.#send(frame), this.#device.clock);
    this.#timer = this.#device.clock.after(OPENING_MS, () => this.close("it did not prove itself in time"));
    this.#carrier = new Carrier({
      ...{ link: options.link, clock: this.#device.clock, random: this.#device.random, limits: options.renewal },
      token: () => (this.#ready ? this.#token : undefined),
      receive: (bytes) => this.#receive(bytes),
      ended: (why) => this.close(why),
      redial: () => (this.#isCertified() ? options.redial() : undefined),
    });
    this.#carrier.start();
    this.#send({ type: "hello", version: SESSION_VERSION, nonce: this.#nonce });
  }

  /** The one that carries it now (F1). */
  get link(): Link {
    return this.#carrier.link;
  }

  /** Nothing has come back for a while: another connection may be opened beside this one. */
  get isSuspect(): boolean {
    return this.#isSuspect;
  }

  /** The peer was heard of just now. */
  get isLively(): boolean {
    const silence = this.#device.now() - this.#heardAt;
    return silence >= 0 && silence < LIVELY_MS;
  }

  get isReady(): boolean {
    return this.#ready && !this.#closed;
  }

  close(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer();
    this.#due?.();
    for (const cancel of this.#askTimers) cancel();
    this.calls.close();
    this.#ownLogFirst?.close();
    this.#carrier.close();
    this.#options.closed(this, why);
  }

  /** F1: goes on over this link, where it is the session that the token names. */
  continueOver(link: Link, token: Uint8Array): LinkReceiver | undefined {
    const mine = this.isReady && this.#token && sameBytes(token, this.#token) && this.#isCertified();
    return mine ? this.#carrier.adopt(link) : undefined;
  }

  /** Something may have become ready to travel. */
  pump(): void {
    if (!this.#ready || this.#closed) return;
    this.#pumpAgain = true;
    if (!this.#pumping) void this.#pump();
  }

  /** New ops of the account. */
  sendOps(ops: readonly Uint8Array[]): void {
    if (this.#ready) this.#sendOps(ops);
  }

  sendLive(topic: string, text: string): void {
    if (this.#ready) this.#send({ type: "live", topic, text });
  }

  /** Tells the peer what is held of these conversations, so that either side gets what it lacks. */
  overview(conversations: readonly Conversation[]): void {
    const tags = this.#tags;
    if (!tags || this.#closed) return;
    const shared = conversations.filter(({ founding }) => this.#mayHave(founding));
    for (let i = 0; i < shared.length; i += OVERVIEW_ITEMS) {
      const part = shared
        .slice(i, i + OVERVIEW_ITEMS)
        .map((conversation) => ({ tag: tags.of(conversation), ...this.#vectors.summary(conversation.row) }));
      this.#send({ type: "overview", conversations: part });
    }
  }

  /** The account changed: what had to wait for it may be taken now. */
  askForWaiting(): void {
    for (const conversation of this.#waiting) this.#ask(conversation);
    this.#waiting.clear();
  }

  async #receive(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return;
    this.#heard();
    try {
      await this.#handle(decodeFrame(bytes));
    } catch (error) {
      if (error instanceof MalformedError) this.#device.log("warn", "a device sent something malformed", { what: error.message });
      else if (error instanceof HomeportError) this.#device.log("error", error.message, { code: error.code });
      else this.#device.log("error", "could not take what a device sent", { what: error instanceof Error ? error.message : "unknown" });
      this.close("what it sent could not be taken");
    }
  }

  #handle(frame: Frame): void | Promise<void> {
    if (frame.type === "hello") return this.#hello(frame);
    if (frame.type === "continue") return this.#handOver(frame.token);
    if (!this.#tags) throw new MalformedError("a frame before the greeting");
    if (frame.type === "auth") return this.#auth(frame);
    if (!this.#ready) throw new MalformedError("a frame before the certificate");
    switch (frame.type) {
      case "ops":
        this.#device.addOps(frame.ops);
        return;
      case "overview":
        return this.#compare(frame.conversations);
      case "vector":
        return this.#begin(frame.tag, frame.positions);
      case "piece":
        return this.#gather(frame.tag, frame);
      case "entries":
        return this.#take(frame.runs);
      case "ack":
        return this.#acknowledged(frame.tag, frame.positions);
      case "call":
      case "result":
        return this.calls.handle(frame);
      case "live":
        return this.#options.live(this, frame.topic, frame.text);
      case "ping":
        return this.#send({ type: "pong", n: frame.n });
      case "last":
        return this.#carrier.leftBehind();
      case "pong":
        break;
    }
  }

  #hello(frame: Extract<Frame, { type: "hello" }>): void {
    if (this.#tags) throw new MalformedError("a second greeting");
    if (frame.version !== SESSION_VERSION) return this.close(`it speaks version ${frame.version} of the protocol`);
    const nonces = [this.#nonce, frame.nonce].sort(compareBytes) as [Uint8Array, Uint8Array];
    const key = this.#device.crypto.hash(DOMAIN.sessionKey, ...nonces);
    this.#tags = new Tags((id) => this.#device.crypto.mac(key, DOMAIN.conversationTag, id).slice(0, 16));
    this.#token = this.#device.crypto.mac(key, DOMAIN.sessionToken);
    this.#send({ type: "auth", certificate: this.#options.certificate, ops: this.#device.ops.vector() });
  }

  /** F1: the link is not for a session of its own. */
  #handOver(token: Uint8Array): void {
    const { link } = this;
    if (this.#tags || link.outbound) throw new MalformedError("a session that goes on in the middle of another");
    const receiver = this.#options.continues(this, token);
    if (!receiver) {
      this.#send({ type: "continue", token: new Uint8Array() });
      return this.close("it wanted to go on with a connection that is not there any more");
    }
    this.#closed = true;
    this.#timer();
    this.#due?.();
    this.#carrier.handOver(receiver);
  }

  #heard(): void {
    this.#quiet = 0;
    this.#heardAt = this.#device.now();
    this.#due?.();
    this.#due = undefined;
    this.#unanswered = false;
    this.#isSuspect = false;
  }

  /** A connection whose peer is cut off looks open for minutes: who waits for an answer finds out sooner. */
  #expectAnswer(): void {
    if (!this.#ready || this.#closed) return;
    this.#due ??= this.#device.clock.after(ANSWER_MS, () => {
      this.#due = undefined;
      if (this.#unanswered) {
        this.#isSuspect = true;
        this.#options.suspected(this);
      }
      this.#unanswered = true;
      this.#send({ type: "ping", n: 0 });
    });
  }

  #isCertified(): boolean {
    try {
      return this.#certificate !== undefined && verifyCertificate(this.#device.crypto, this.#certificate, this.#device.now()) !== undefined;
    } catch {
      // Expired meanwhile: as if there were none.
      return false;
    }
  }

  /** F1: the certificate has to be for the key that the link authenticated, and of the device that was expected. */
  #auth(frame: Extract<Frame, { type: "auth" }>): void {
    if (this.#ready) throw new MalformedError("a second certificate");
    const certificate = verifyCertificate(this.#device.crypto, frame.certificate, this.#device.now());
    const genuine = sameBytes(certificate.transport, this.link.peer) && sameBytes(certificate.device, this.peer.device);
    if (!genuine) throw new MalformedError("a certificate of another device");
    if (!this.#device.isAdmitted(this.peer.device)) return this.close("it is not admitted");
    this.#ready = true;
    this.#certificate = frame.certificate;
    this.#carrier.begin();
    this.#outgoing = new Outgoing(this.#device);
    this.#ownLogFirst = new OwnLogFirst(this.#device, () => this.pump());
    this.#timer();
    this.#watch();
    this.#sendOps(this.#device.ops.newerThan(frame.ops));
    this.overview(this.#device.conversations());
    this.#options.ready(this);
  }

  #sendOps(ops: readonly Uint8Array[]): void {
    for (let i = 0; i < ops.length; i += 32) this.#send({ type: "ops", ops: ops.slice(i, i + 32) });
  }

  #compare(conversations: readonly ({ tag: Uint8Array } & Summary)[]): void {
    for (const conversation of this.#device.conversations()) this.#tags?.of(conversation);
    for (const { tag, digest, parts } of conversations) {
      const conversation = this.#conversation(tag);
      if (!conversation) continue;
      this.#vectors.heard(conversation.row, { digest, parts });
      const same = sameBytes(digest, this.#digest(conversation));
      if (same && conversation.row === this.#device.ownLog.row) this.#ownLogFirst?.open();
      if (same) this.#device.rollback.witnessed(conversation.row);
      if (same) this.#start(conversation, this.#device.vector(conversation.row));
      else this.#ask(conversation.row);
    }
    this.pump();
  }

  #gather(tag: Uint8Array, piece: VectorPiece): void {
    const conversation = this.#conversation(tag);
    const positions = conversation && this.#vectors.gather(conversation.row, piece);
    if (conversation && positions === "again") this.overview([conversation]);
    else if (positions && positions !== "again") this.#begin(tag, positions);
  }

  #begin(tag: Uint8Array, positions: readonly Position[]): void {
    const conversation = this.#conversation(tag);
    if (!conversation) return;
    this.#compareOwn(conversation.row, positions);
    this.#start(conversation, positions);
    if (conversation.row === this.#device.ownLog.row) this.#ownLogFirst?.peerHolds(positions);
    // The peer sends nothing of it before it knows what is held here, and it may compare the two at another moment than this
    // device: it is always told once.
    if (!this.#asked.has(conversation.row)) this.#ask(conversation.row);
    this.pump();
  }

  /** B5: a peer that holds more of this device's feeds than this device shows that its database was set back. */
  #compareOwn(conversation: number, positions: readonly Position[]): void {
    const { self, store, rollback } = this.#device;
    const beyond = positions.filter(({ device, incarnation, seq }) => {
      const feed = sameBytes(device, self) ? store.findFeed(conversation, device, incarnation) : undefined;
      return sameBytes(device, self) && seq > (feed?.headSeq ?? 0) && (feed?.frozenAt ?? null) === null;
    });
    for (const { incarnation } of beyond) this.#device.rolledBack(incarnation);
    if (beyond.length > 0) rollback.suspected(conversation);
    else rollback.witnessed(conversation);
  }

  #start(conversation: Conversation, positions: readonly Position[]): void {
    const tag = this.#tags?.of(conversation) as Uint8Array;
    this.#ownLogFirst?.run(conversation.row, () => this.#outgoing?.begin(conversation.row, tag, positions));
    this.#remember(conversation.row, positions);
  }

  #take(runs: readonly TaggedRun[]): void {
    const known = runs.flatMap((run) => {
      const conversation = this.#conversation(run.tag);
      return conversation ? [{ conversation, run }] : [];
    });
    const { stored, wanting } = this.#device.receive(known);
    this.#ownLogFirst?.check();
    for (const [row, positions] of stored) {
      const conversation = this.#device.conversation(row);
      if (conversation) this.#send({ type: "ack", tag: this.#tags?.of(conversation) as Uint8Array, positions });
    }
    for (const [row, why] of wanting) {
      if (why === "account") this.#waiting.add(row);
      else this.#ask(row);
    }
  }

  #acknowledged(tag: Uint8Array, positions: readonly Position[]): void {
    const conversation = this.#conversation(tag);
    if (conversation) this.#remember(conversation.row, positions);
  }

  /** F5: what the peer is known to hold, kept over restarts. It may say less than before: its disk was set back. */
  #remember(conversation: number, positions: readonly Position[]): void {
    for (const { device, incarnation, seq } of positions) {
      const feed = this.#device.store.findFeed(conversation, device, incarnation);
      if (!feed) continue;
      const to = Math.min(seq, feed.headSeq);
      const from = this.#held.get(feed.row) ?? this.#lastHeld(feed.row);
      this.#held.set(feed.row, to);
      if (from !== to) this.#note({ conversation, feed: feed.row, from, to });
    }
  }

  #note(moved: Moved): void {
    const { peer } = this;
    const write = (sql: Sql) =>
      sql.run("insert or replace into peer_vector (device, feed, seq) values (?, ?, ?)", peer.device, moved.feed, moved.to);
    const key = `held/${toHex(peer.device)}/${moved.feed}`;
    const from = Math.min(moved.from, this.#noted.get(key) ?? moved.from);
    this.#noted.set(key, from);
    this.#device.postpone(key, write, () => {
      this.#noted.delete(key);
      this.#options.acknowledged([{ ...moved, from }]);
    });
  }

  #lastHeld(feed: number): number {
    return (
      this.#device.sql.get<{ seq: number }>("select seq from peer_vector where device = ? and feed = ?", this.peer.device, feed)?.seq ?? 0
    );
  }

  #ask(row: number): void {
    const conversation = this.#device.conversation(row);
    const last = this.#asked.get(row) ?? 0;
    const now = this.#device.now();
    if (!conversation || this.#closed) return;
    if (now - last < ASK_AGAIN_MS && now >= last) {
      const cancel = this.#device.clock.after(ASK_AGAIN_MS, () => {
        this.#askTimers.delete(cancel);
        this.#ask(row);
      });
      this.#askTimers.add(cancel);
      return;
    }
    this.#asked.set(row, now);
    this.#sendVector(row, this.#tags?.of(conversation) as Uint8Array);
  }

  #sendVector(row: number, tag: Uint8Array): void {
    const said = this.#vectors.pieces(row);
    if (isWhole(said)) return this.#send({ type: "vector", tag, positions: said });
    for (const piece of said) this.#send({ type: "piece", tag, ...piece });
  }

  #conversation(tag: Uint8Array): Conversation | undefined {
    const row = this.#tags?.row(tag);
    const conversation = row === undefined ? undefined : this.#device.conversation(row);
    return conversation && this.#mayHave(conversation.founding) ? conversation : undefined;
  }

  #mayHave(founding: Conversation["founding"]): boolean {
    return mayHave(this.#device.account, this.peer.device, founding);
  }

  #digest(conversation: Conversation): Uint8Array {
    return digestOf(this.#device.crypto, this.#device.vector(conversation.row));
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      while (this.#pumpAgain && !this.#closed) {
        this.#pumpAgain = false;
        for (let runs = this.#outgoing?.next(); runs && !this.#closed; runs = this.#outgoing?.next()) await this.#sendRuns(runs);
      }
    } catch (error) {
      this.close(error instanceof Error ? error.message : "sending failed");
    } finally {
      this.#pumping = false;
    }
  }

  #sendRuns(runs: TaggedRun[]): Promise<void> {
    this.#expectAnswer();
    return this.#carrier.send(encodeFrame({ type: "entries", runs }));
  }

  #send(frame: Frame): void {
    if (this.#closed) return;
    if (ANSWERED.has(frame.type)) this.#expectAnswer();
    this.#carrier.send(encodeFrame(frame)).catch((error: unknown) => this.close(error instanceof Error ? error.message : "sending failed"));
  }

  /** Counts intervals instead of comparing times: a clock that is set back would make a dead link look alive for days. */
  #watch(): void {
    this.#timer = this.#device.clock.after(QUIET_MS, () => {
      this.#quiet += 1;
      if (this.#quiet > MAX_QUIET) return this.close("it does not answer any more");
      if (this.#quiet > 1) this.#send({ type: "ping", n: 0 });
      this.#watch();
    });
  }
}
