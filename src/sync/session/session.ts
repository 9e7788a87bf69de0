import { verifyCertificate } from "../account/certificate.ts";
import type { Conversation } from "../core.ts";
import type { Device } from "../device.ts";
import { DOMAIN } from "../domains.ts";
import { compareBytes, sameBytes } from "../encoding/bytes.ts";
import { HomeportError, MalformedError } from "../errors.ts";
import { digestOf, type Position } from "../log/vector.ts";
import { mayHave } from "../membership.ts";
import type { Link, LinkReceiver } from "../ports.ts";
import type { KnownDevice } from "../store/devices.ts";
import { decodeFrame, encodeFrame, type Frame, SESSION_VERSION, type TaggedRun } from "./frames.ts";
import { Asking } from "./asking.ts";
import { Holdings, type Moved } from "./holdings.ts";
import { Liveness } from "./liveness.ts";
import { OwnLogFirst } from "./own-log-first.ts";
import { Outgoing } from "./outgoing.ts";
import { Calls, type CallHandler } from "./calls.ts";
import { Carrier, type RenewalLimits } from "./carrier.ts";
import { Tags } from "./tags.ts";
import { isWhole, type Summary, VectorExchange, type VectorPiece } from "./vectors.ts";

/** A peer has to prove itself within this time. */
const OPENING_MS = 15_000;
const OVERVIEW_ITEMS = 4000;
const OPS_AT_ONCE = 32;

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
  /** A7: milliseconds to wait before so many ops are looked at. */
  throttle(session: Session, ops: number): number;
  /** B3: the peer's clock is so many milliseconds ahead of this device's. */
  ahead(session: Session, ms: number): void;
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
  readonly #opening: () => void;
  readonly #liveness: Liveness;
  readonly #asking: Asking;
  readonly #holdings: Holdings;
  /** Ops wait for their turn. */
  #pause: (() => void) | undefined;
  readonly #vectors: VectorExchange;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#device = options.device;
    this.peer = options.peer;
    this.since = this.#device.now();
    this.#nonce = this.#device.random.bytes(32);
    this.#vectors = new VectorExchange(this.#device.crypto, (conversation) => this.#device.vector(conversation));
    this.calls = new Calls(options.handle, (frame) => this.#send(frame), this.#device.clock);
    const { clock } = this.#device;
    this.#opening = clock.after(OPENING_MS, () => this.close("it did not prove itself in time"));
    this.#liveness = new Liveness({
      clock,
      send: (frame) => this.#send(frame),
      suspected: () => options.suspected(this),
      ended: (why) => this.close(why),
      ahead: (ms) => options.ahead(this, ms),
    });
    this.#asking = new Asking(clock, (row) => this.#sendVector(row));
    this.#holdings = new Holdings(this.#device, this.peer.device, options.acknowledged);
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
    return this.#liveness.isSuspect;
  }

  /** The peer was heard of just now. */
  get isLively(): boolean {
    return this.#liveness.isLively;
  }

  get isReady(): boolean {
    return this.#ready && !this.#closed;
  }

  close(why: string): void {
    if (this.#closed) return;
    this.#end();
    this.#asking.close();
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
    this.#asking.accountChanged();
  }

  async #receive(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return;
    this.#liveness.heard();
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
        return this.#takeOps(frame.ops);
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
        return this.#liveness.pinged(frame.n);
      case "last":
        return this.#carrier.leftBehind();
      case "pong":
        return this.#liveness.answered(frame.n, frame.now);
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
    this.#end();
    this.#carrier.handOver(receiver);
  }

  #end(): void {
    this.#closed = true;
    this.#opening();
    this.#liveness.stop();
    this.#pause?.();
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
    this.#opening();
    this.#liveness.begin();
    this.#sendOps(this.#device.ops.newerThan(frame.ops));
    this.overview(this.#device.conversations());
    this.#options.ready(this);
  }

  #sendOps(ops: readonly Uint8Array[]): void {
    for (let i = 0; i < ops.length; i += OPS_AT_ONCE) this.#send({ type: "ops", ops: ops.slice(i, i + OPS_AT_ONCE) });
  }

  /** A7: nothing else is read from the peer while it waits for its ops. */
  async #takeOps(ops: readonly Uint8Array[]): Promise<void> {
    for (let i = 0; i < ops.length && !this.#closed; i += OPS_AT_ONCE) {
      const some = ops.slice(i, i + OPS_AT_ONCE);
      const wait = this.#options.throttle(this, some.length);
      if (wait > 0) await this.#wait(wait);
      if (!this.#closed) this.#device.addOps(some);
    }
  }

  /** Over at once where the session ends. */
  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#device.clock.after(ms, resolve);
      this.#pause = () => {
        cancel();
        resolve();
      };
    });
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
      else this.#asking.ask(conversation.row);
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
    this.#asking.atLeastOnce(conversation.row);
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
    this.#holdings.remember(conversation.row, positions);
  }

  #take(runs: readonly TaggedRun[]): void {
    const known = runs.flatMap((run) => {
      const conversation = this.#conversation(run.tag);
      return conversation ? [{ conversation, run }] : [];
    });
    this.#outgoing?.hears(known);
    const { stored, wanting } = this.#device.receive(known);
    this.#outgoing?.heard(stored);
    this.#ownLogFirst?.check();
    for (const [row, positions] of stored) {
      const conversation = this.#device.conversation(row);
      if (conversation) this.#send({ type: "ack", tag: this.#tags?.of(conversation) as Uint8Array, positions });
    }
    for (const [row, why] of wanting) {
      if (why === "account") this.#asking.wait(row);
      else this.#asking.ask(row);
    }
  }

  #acknowledged(tag: Uint8Array, positions: readonly Position[]): void {
    const conversation = this.#conversation(tag);
    if (conversation) this.#holdings.remember(conversation.row, positions);
  }

  #sendVector(row: number): void {
    const conversation = this.#device.conversation(row);
    const tag = conversation && this.#tags?.of(conversation);
    if (!tag) return;
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
    this.#liveness.expectAnswer();
    return this.#carrier.send(encodeFrame({ type: "entries", runs }));
  }

  #send(frame: Frame): void {
    if (this.#closed) return;
    this.#liveness.sent(frame.type);
    this.#carrier.send(encodeFrame(frame)).catch((error: unknown) => this.close(error instanceof Error ? error.message : "sending failed"));
  }
}
