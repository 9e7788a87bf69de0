import type { IrcMessage } from "irc-framework";
import type { SecurityFacts } from "../../security-labels/index.ts";
import type { ConvId, Inbound } from "../contract/index.ts";
import { Batches } from "./batches.ts";
import { CatchUp } from "./catch-up.ts";
import { describe } from "./conv-info.ts";
import { History, type Point } from "./history.ts";
import type { Deliveries, Outgoing, Taken } from "./deliveries.ts";
import type { Joins } from "./joins.ts";
import { lineId } from "./keys.ts";
import { Listening } from "./listening.ts";
import type { NickKeeper } from "./nick-keeper.ts";
import { learnSelf, readLine } from "./read-line.ts";
import { type Draft, type Incoming, introduced, isSelf, type Scene } from "./scene.ts";
import type { Questions } from "./questions.ts";
import { prefixBytes, type Self } from "./self.ts";
import { serverTime } from "./server-time.ts";
import type { Shared } from "./shared.ts";
import { type Stamp, stamped } from "./stamp.ts";

/** Private conversations that are listened to at once: more would only be strangers who write at random. */
const MAX_PRIVATE = 500;

export interface HearingContext {
  shared: Shared;
  scene: Scene;
  facts: Record<SecurityFacts["source"], SecurityFacts>;
  /** Random, unique for each connection: part of the keys of what has no id. */
  nonce: string;
  deliveries: Deliveries;
  joins: Joins;
  keeper: NickKeeper;
  questions: Questions;
  capabilities: () => readonly string[];
  /** Whether a channel that we have come into is one to stay in. */
  admit: (conv: ConvId) => boolean;
  selfChanged: () => void;
  /** Each line that is read as one of the network. */
  heard: (message: IrcMessage, isPlayed: boolean) => void;
}

/** The lines of one connection on their way to the host: answers are taken out, the rest is read, stamped and handed on. */
export class Hearing {
  readonly #context: HearingContext;
  readonly #batches = new Batches();
  readonly #listening: Listening;
  readonly #history: History;
  readonly #catchUp: CatchUp;
  #lines = 0;
  #told = 0;

  constructor(context: HearingContext) {
    this.#context = context;
    this.#listening = new Listening(context.shared, (conv) => this.#catchUp.isRunning(conv));
    const { questions, capabilities, scene, shared } = context;
    const same = (one: string, other: string) => shared.conversations.same(one, other);
    this.#history = new History({ questions, capabilities, support: scene.support, same });
    this.#catchUp = this.#makeCatchUp();
  }

  get history(): History {
    return this.#history;
  }

  start(): void {
    this.#listening.start();
    for (const conv of this.#context.shared.conversations.openPrivate()) this.listenTo(conv);
    void this.#meetStrangers();
  }

  stop(): void {
    this.#listening.stop();
  }

  take(message: IrcMessage): void {
    const { scene } = this.#context;
    this.#lines += 1;
    const before = scene.self;
    const incoming: Incoming = { message, number: this.#lines, batch: this.#batches.of(message) };
    this.#listening.alive(incoming.batch?.playback ? undefined : serverTime(message));
    learnSelf(incoming, scene);
    this.#dispatch(incoming);
    if (scene.self !== before) this.#selfChanged(before);
  }

  /** Events that no line brought. */
  tell(drafts: readonly Draft[]): void {
    this.#told += 1;
    const { facts, nonce, shared } = this.#context;
    this.#emit(drafts, { id: `${nonce}:told:${this.#told}`, ts: shared.world.now(), sec: facts.live });
  }

  /** A private conversation: what is missed of it from here on is a gap. */
  listenTo(conv: ConvId): void {
    const { conversations } = this.#context.shared;
    if (this.#listening.isActive(conv) || this.#listening.size >= MAX_PRIVATE) return;
    conversations.add(conv);
    this.#enter(conv);
  }

  forget(conv: ConvId): void {
    this.#listening.forget(conv);
  }

  #dispatch(incoming: Incoming): void {
    const { deliveries, joins, keeper, questions, scene } = this.#context;
    const { message, number, batch } = incoming;
    if (message.command === "BATCH") {
      const closed = this.#batches.take(message);
      if (closed) this.#afterTaken(deliveries.answered(closed, number), incoming);
    } else if (!questions.take(message, batch) && !joins.takeRefusal(message) && !keeper.take(message)) {
      this.#afterTaken(deliveries.take(incoming, scene), incoming);
    }
  }

  #afterTaken(taken: Taken, incoming: Incoming): void {
    if (taken.is === "not-ours") this.#read(incoming);
    if (taken.is === "late-acknowledgement") this.#emit([lateMessage(taken.of, taken.id)], this.#stamp(incoming));
    if (taken.is !== "late-refusal") return;
    const { conv, txn } = taken.of;
    this.#emit([{ kind: "sendError", conv, txn, error: taken.error }], this.#stamp(incoming));
  }

  #read(incoming: Incoming): void {
    const { scene, shared, nonce, admit, heard } = this.#context;
    const { message, batch } = incoming;
    heard(message, batch?.playback !== undefined);
    const conv = shared.conversations.idOf(message.params[0] ?? "");
    const joining = message.command === "JOIN" && isSelf(message.nick, scene) && conv !== undefined;
    if (joining && !admit(conv)) return;
    const wasIn = conv !== undefined && scene.rooms.get(conv) !== undefined;
    const drafts = readLine(incoming, scene, nonce);
    if (batch?.playback) return this.#emitPlayed(drafts, incoming);
    this.#emit(drafts, this.#stamp(incoming));
    if (conv === undefined) return;
    const isIn = scene.rooms.get(conv) !== undefined;
    if (joining && isIn) this.#entered(conv);
    if (wasIn && !isIn) this.#left(conv);
  }

  #entered(conv: ConvId): void {
    this.#enter(conv);
    this.#context.joins.entered(conv);
  }

  /** What was missed is fetched where the server keeps it, and else a gap. `since`: for one that is not open yet. */
  #enter(conv: ConvId, since?: number): void {
    const before = this.#listening.enter(conv, since);
    if (before && this.#catchUp.isPossible) return this.#catchUp.start(conv, before.server);
    if (before) this.tell([this.#listening.gap(conv, before.ours, this.#whyMissed())]);
    this.#listening.noted(conv);
  }

  #whyMissed(): string | undefined {
    const bouncer = this.#context.capabilities().some((name) => name.startsWith("znc.in/"));
    return bouncer ? "what the bouncer has kept of it is played back" : undefined;
  }

  #makeCatchUp(): CatchUp {
    const { shared } = this.#context;
    const { heard, conversations, world, host } = shared;
    return new CatchUp({
      ...{ history: this.#history, heard, conversations, world },
      reached: (conv, { ts }: Point, id) => {
        if (id !== undefined) heard.message(conv, id, ts);
        this.#listening.reached(conv, ts);
      },
      done: (conv, { proven, why }) => {
        const since = this.#listening.heardBefore(conv);
        if (!proven && since !== undefined && this.#listening.isActive(conv)) this.tell([this.#listening.gap(conv, since, why)]);
        if (this.#listening.isActive(conv)) this.#listening.noted(conv);
      },
      log: (message, fields) => host.log("info", message, fields),
    });
  }

  /** Private conversations that others began while we were away. */
  async #meetStrangers(): Promise<void> {
    const since = this.#context.shared.heard.alive;
    if (since === undefined || !this.#catchUp.isPossible) return;
    const { conversations } = this.#context.shared;
    for (const name of await this.#catchUp.strangers(since)) {
      const conv = conversations.idOf(name);
      if (conv === undefined || !conversations.isPrivate(conv) || this.#listening.isActive(conv) || this.#listening.size >= MAX_PRIVATE)
        continue;
      if (isSelf(name, this.#context.scene)) continue;
      this.tell(introduced(conv, name, this.#context.scene));
      conversations.add(conv);
      this.#enter(conv, since);
    }
  }

  #left(conv: ConvId): void {
    this.#listening.leave(conv);
    if (this.#context.shared.conversations.isOpen(conv)) this.#context.joins.expelled(conv);
  }

  #emit(drafts: readonly Draft[], stamp: Stamp): void {
    const { conversations, inbox } = this.#context.shared;
    const shown = drafts.filter((draft) => isShown(draft, conversations));
    for (const draft of shown) {
      if (draft.kind === "message" && conversations.isPrivate(draft.conv)) this.listenTo(draft.conv);
    }
    if (shown.length === 0) return;
    const events = stamped(shown, stamp);
    for (const event of events) this.#remember(event);
    inbox.push(events, "live");
  }

  /** The last message of a conversation proves later that its history is whole. */
  #remember(event: Inbound): void {
    const { heard } = this.#context.shared;
    if (event.kind === "message" && !this.#catchUp.isRunning(event.conv)) heard.message(event.conv, event.id, event.ts);
  }

  /** What was said while we were away is new to the person; what was said before that is not. */
  #emitPlayed(drafts: readonly Draft[], incoming: Incoming): void {
    const { facts, shared } = this.#context;
    const events = stamped(drafts, { ...this.#stamp(incoming), sec: facts.history });
    const point = { msgid: incoming.message.tags["msgid"], ts: serverTime(incoming.message) ?? 0 };
    const [first] = events;
    const id = first?.kind === "message" ? first.id : "";
    if (incoming.batch && this.#history.saw(incoming.batch, id, point, events)) return;
    for (const event of events) {
      shared.inbox.push([event], this.#isNews(event) ? "catchup" : "backfill");
      if (!this.#catchUp.isRunning(event.conv)) this.#remember(event);
    }
  }

  #isNews({ conv, ts }: Inbound): boolean {
    const before = this.#listening.heardBefore(conv);
    return before !== undefined && ts > before;
  }

  #stamp({ message, number }: Incoming): Stamp {
    const { facts, nonce, shared } = this.#context;
    return { id: lineId(nonce, number), ts: serverTime(message) ?? shared.world.now(), sec: facts.live };
  }

  /** Others see our lines under another name now: how much fits into one may have changed. */
  #selfChanged(before: Self): void {
    const { scene, shared, selfChanged } = this.#context;
    if (prefixBytes(before, scene.support) !== prefixBytes(scene.self, scene.support)) {
      const caps = (conv: ConvId) => describe(conv, "joined", scene).caps;
      const open = shared.conversations.open().filter((conv) => this.#listening.isActive(conv));
      this.tell(open.map((conv) => ({ kind: "conv", conv, patch: { caps: caps(conv) } })));
    }
    if (before.nick !== scene.self.nick) selfChanged();
  }
}

/** Of channels only those that are open, and that we are invited to others. */
function isShown(draft: Draft, conversations: Shared["conversations"]): boolean {
  const invitation = draft.kind === "conv" && draft.patch.state === "invited";
  return invitation || !conversations.isChannel(draft.conv) || conversations.isOpen(draft.conv);
}

/** A message of ours that was given up as doubtful and has arrived after all. */
function lateMessage({ conv, txn, said }: Outgoing, id: string): Draft {
  const { style, text } = said ?? { style: "text", text: "" };
  return { kind: "message", conv, key: id, id, txn, from: "self", style, body: { text, format: "plain" } };
}
