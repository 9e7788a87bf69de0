import { setTimeout as sleep } from "node:timers/promises";
import type { IrcMessage } from "irc-framework";
import type { LinkFacts } from "../../security-labels/index.ts";
import type { Command, CommandAnswer, CommandCall, ConvId, ConvInfo, SendResult, UserInfo } from "../contract/index.ts";
import { BridgeError, mayTravel } from "../kit/index.ts";
import { Bitlbee } from "./bitlbee.ts";
import type { CommandContext } from "./command-kit.ts";
import { runCommand } from "./commands.ts";
import { describe } from "./conv-info.ts";
import { SERVER } from "./conversations.ts";
import { CtcpAnswers } from "./ctcp-answers.ts";
import { Deliveries, type Outgoing } from "./deliveries.ts";
import { factsOf } from "./facts.ts";
import { connectionLost } from "./failures.ts";
import { outside } from "./gaps.ts";
import { Hearing } from "./hearing.ts";
import { Joins } from "./joins.ts";
import { PlaybackIds } from "./keys.ts";
import type { Link, Registered } from "./link.ts";
import { Liveness } from "./liveness.ts";
import { NickKeeper } from "./nick-keeper.ts";
import { readTarget, type Target } from "./open-target.ts";
import { replyTag } from "./reply-tag.ts";
import { checkFits, sayLine, topicLine, unsupported } from "./outgoing.ts";
import { checkOutgoing } from "./outgoing-line.ts";
import { Pace } from "./pace.ts";
import { Questions } from "./questions.ts";
import { Rooms } from "./rooms.ts";
import { introduction, isSelf, type Scene, userId } from "./scene.ts";
import { selfFromPrefix } from "./self.ts";
import type { Shared } from "./shared.ts";

/** As in the manifest: IRC is never better. */
const CEILING = "server-reads";

export interface SessionOptions {
  link: Link;
  registered: Registered;
  /** As the host measured the connection. */
  measured: LinkFacts;
  /** Random, unique for each connection. */
  nonce: string;
  /** We have another nick, or something behind the server goes wrong or well again. */
  changed: () => void;
}

/** One connection after its greeting. */
export class Session {
  readonly liveness: Liveness;
  readonly scene: Scene;
  readonly #shared: Shared;
  readonly #options: SessionOptions;
  readonly #facts: ReturnType<typeof factsOf>;
  readonly #pace: Pace;
  readonly #deliveries: Deliveries;
  readonly #joins: Joins;
  readonly #keeper: NickKeeper;
  readonly #questions: Questions;
  readonly #ctcp: CtcpAnswers;
  readonly #bitlbee: Bitlbee | undefined;
  readonly #hearing: Hearing;
  /** Channels that the person closed on this connection. */
  readonly #closed = new Set<ConvId>();
  readonly #end = new AbortController();

  constructor(shared: Shared, options: SessionOptions) {
    const { config, world, conversations } = shared;
    const { link, registered, measured, nonce } = options;
    this.#shared = shared;
    this.#options = options;
    conversations.use(registered.support);
    this.#facts = factsOf(measured, config, link.mechanism);
    const self = selfFromPrefix(registered.nick, registered.prefix);
    this.scene = { config, conversations, support: registered.support, self, rooms: new Rooms(), likeness: new PlaybackIds() };
    this.#pace = new Pace(config.flood, world);
    this.liveness = new Liveness({
      world,
      write: (line) => link.write(line),
      dead: () => link.cut(connectionLost(config.host, undefined)),
      expecting: () => this.#deliveries.isWaiting,
    });
    this.#deliveries = this.#makeDeliveries();
    this.#joins = this.#makeJoins();
    this.#keeper = this.#makeKeeper();
    this.#questions = this.#makeQuestions();
    this.#ctcp = new CtcpAnswers(world.steady);
    this.#bitlbee =
      config.bitlbee && new Bitlbee({ ...config.bitlbee, ask: (question) => this.#questions.ask(question), changed: options.changed });
    this.#hearing = new Hearing({
      shared,
      scene: this.scene,
      facts: this.#facts,
      nonce,
      deliveries: this.#deliveries,
      joins: this.#joins,
      keeper: this.#keeper,
      questions: this.#questions,
      capabilities: () => link.capabilities,
      admit: (conv) => this.#admit(conv),
      selfChanged: options.changed,
      heard: (message, isPlayed) => {
        this.#bitlbee?.heard(message);
        if (!isPlayed) this.#answerCtcp(message);
      },
    });
  }

  get self(): UserInfo {
    const { nick } = this.scene.self;
    return { id: userId(nick), name: nick };
  }

  /** What is wrong behind the server. */
  get trouble(): string | undefined {
    return this.#bitlbee?.trouble;
  }

  get hasWantedNick(): boolean {
    return this.#keeper.hasWanted;
  }

  start(): void {
    this.liveness.start();
    this.#keeper.start();
    this.#hearing.start();
    this.#enterAll().catch((error: unknown) => this.#warn("the channels were not joined", error));
  }

  async #enterAll(): Promise<void> {
    const refused = await this.#bitlbee?.identify();
    if (refused) return this.#options.link.cut(refused);
    for (const line of this.#shared.config.perform) await this.#writeInTurn(line);
    this.#askGhost();
    await this.#joins.start();
  }

  /** A login has proven whose nick it is: the network's services are asked to end whoever holds it, once. */
  #askGhost(): void {
    if (this.#keeper.hasWanted || this.#options.link.mechanism === undefined) return;
    const command = runCommand({ name: "ghost", args: "" }, this.#commandContext());
    command.then(() => this.#keeper.again()).catch((error: unknown) => this.#warn("nobody gave the nick back", error));
  }

  #answerCtcp(message: IrcMessage): void {
    if (!this.#shared.config.ctcp) return;
    const line = this.#ctcp.answer(message, (name) => isSelf(name, this.scene));
    if (line !== undefined) void this.#writeInTurn(line);
  }

  /** The connection is gone. */
  stop(): void {
    this.#end.abort();
    this.#deliveries.close();
    this.#questions.close();
    this.#joins.stop();
    this.#pace.stop();
    this.#keeper.stop();
    this.liveness.stop();
    this.#hearing.stop();
  }

  take(message: IrcMessage): void {
    this.liveness.heard();
    if (message.command === "PONG" && this.liveness.isOurs(message.params.at(-1))) return;
    this.#hearing.take(message);
  }

  /** Rejects with a `BridgeError`. */
  async execute(command: Command, signal: AbortSignal): Promise<SendResult> {
    const { journal, conversations } = this.#shared;
    const done = journal.done(command.txn);
    if (done) return { state: "acked", ...done };
    switch (command.op) {
      case "send":
        return this.#deliveries.deliver(this.#tagged(command, sayLine(command, await this.#target(command.conv))), signal);
      case "topic":
        return this.#deliveries.deliver(topicLine(command, await this.#target(command.conv)), signal);
      case "join":
        await this.open(conversations.nameOf(command.conv));
        return { state: "acked", refs: [], sec: this.#facts.live };
      case "leave":
        this.close(command.conv);
        return { state: "acked", refs: [], sec: this.#facts.live };
      default:
        throw unsupported(`IRC has no way for this (${command.op}).`);
    }
  }

  /** Rejects with a `BridgeError`. */
  command(call: CommandCall): Promise<CommandAnswer> {
    return runCommand(call, this.#commandContext());
  }

  #commandContext(): CommandContext {
    return {
      scene: this.scene,
      ask: (question) => this.#questions.ask(question),
      bitlbee: this.#bitlbee,
      wantNick: (nick) => this.#keeper.want(nick),
    };
  }

  /** Rejects with a `BridgeError`. */
  async open(text: string): Promise<ConvInfo> {
    const target = readTarget(text, this.scene);
    if (target.channel) await this.#enter(target);
    else if (target.conv !== SERVER) {
      this.#shared.conversations.learn(target.conv, target.name);
      this.#hearing.listenTo(target.conv);
    }
    return describe(target.conv, "joined", this.scene);
  }

  close(conv: ConvId): void {
    const { conversations } = this.#shared;
    const name = conversations.nameOf(conv);
    const channel = conversations.isChannel(conv);
    conversations.remove(conv);
    this.#hearing.forget(conv);
    if (!channel) return;
    this.#joins.leave(conv);
    this.#closed.add(conv);
    void this.#writeInTurn(`PART ${name}`);
    this.#keep(conv, undefined);
  }

  async #enter({ conv, name, key }: Target): Promise<void> {
    const { conversations } = this.#shared;
    const again = conversations.isOpen(conv);
    this.#closed.delete(conv);
    // What is said right after the server has let us in must find the channel open.
    conversations.add(conv);
    try {
      await this.#joins.join(conv, { name, key: key ?? (again ? await this.#key(conv) : undefined), again });
    } catch (error) {
      if (!again) conversations.remove(conv);
      throw error;
    }
    if (key !== undefined) this.#keep(conv, key);
  }

  /** A channel that the person closed while its JOIN was under way is left again; one that a bouncer brings is taken. */
  #admit(conv: ConvId): boolean {
    const { conversations } = this.#shared;
    if (this.#closed.has(conv)) {
      void this.#writeInTurn(`PART ${conversations.nameOf(conv)}`);
      return false;
    }
    conversations.add(conv);
    return true;
  }

  /** As the network writes it, once a message can be sent there. */
  async #target(conv: ConvId): Promise<string> {
    const { conversations } = this.#shared;
    if (!conversations.isPrivate(conv) && !conversations.isChannel(conv))
      throw unsupported("Nobody reads what is written to the server itself.");
    if (!conversations.isChannel(conv)) return conversations.nameOf(conv);
    if (!this.scene.rooms.get(conv)) await Promise.race([this.#joins.inside(conv), this.#tooLong(conversations.nameOf(conv))]);
    return this.scene.rooms.get(conv)?.name ?? conversations.nameOf(conv);
  }

  /** The host does not wait for ever: rejects when a message has waited for its channel as long as it may. */
  async #tooLong(name: string): Promise<never> {
    await sleep(this.#shared.world.timings.turn, undefined, { ref: false });
    throw new BridgeError({ code: "offline", sent: "no", message: `${name} is not joined yet.` });
  }

  /** Clients that know of it show what a reply answers; the text says it to the others. */
  #tagged({ replyTo }: Command & { op: "send" }, outgoing: Outgoing): Outgoing {
    const tags = replyTo && replyTag(replyTo.id, this.#options.link.capabilities, this.scene.support);
    return tags === undefined ? outgoing : { ...outgoing, tags };
  }

  /** The last look before a line goes out. */
  #check(outgoing: Outgoing): void {
    const passage = mayTravel(outgoing.minLabel, this.#facts.live, CEILING, "homeport");
    if (!passage.ok) throw new BridgeError({ code: "insecure", sent: "no", message: passage.reason });
    checkOutgoing(outgoing.tags === undefined ? outgoing.line : `@${outgoing.tags} ${outgoing.line}`);
    checkFits(outgoing, this.scene);
  }

  #writeInTurn(line: string): Promise<void> {
    const write = () => void this.#options.link.write(line);
    const written = this.#pace.turn("line", this.#end.signal).then(write);
    return written.catch((error: unknown) => this.#warn("a line was not written", error));
  }

  async #key(conv: ConvId): Promise<string | undefined> {
    return this.#shared.keys.get(conv).catch((error: unknown) => this.#warn("the key of a channel could not be read", error));
  }

  #keep(conv: ConvId, key: string | undefined): void {
    this.#shared.keys.set(conv, key).catch((error: unknown) => this.#warn("the key of a channel could not be kept", error));
  }

  #warn(what: string, error: unknown): undefined {
    if (!this.#end.signal.aborted) this.#shared.host.log("warn", what, { error: error instanceof Error ? error.message : String(error) });
  }

  #makeDeliveries(): Deliveries {
    const { journal, world } = this.#shared;
    const { link, nonce } = this.#options;
    return new Deliveries({
      journal,
      pace: this.#pace,
      turnMs: world.timings.turn,
      deadlineMs: world.timings.delivery,
      nonce,
      facts: this.#facts.live,
      capabilities: () => link.capabilities,
      write: (line) => link.write(line),
      check: (outgoing) => this.#check(outgoing),
    });
  }

  #makeJoins(): Joins {
    const { world, conversations } = this.#shared;
    return new Joins({
      world,
      conversations,
      rooms: this.scene.rooms,
      targets: this.#options.registered.support.joinTargets,
      key: (conv) => this.#key(conv),
      write: (line) => this.#writeInTurn(line),
      refused: (conv, error) => this.#hearing.tell([introduction(conv, "left", this.scene), outside(conv, error.message)]),
    });
  }

  #makeQuestions(): Questions {
    const { link } = this.#options;
    return new Questions({
      deadlineMs: this.#shared.world.timings.answer,
      capabilities: () => link.capabilities,
      turn: () => this.#pace.turn("line", this.#end.signal),
      write: (line) => link.write(line),
    });
  }

  #makeKeeper(): NickKeeper {
    const { world, conversations, config } = this.#shared;
    return new NickKeeper({
      world,
      wanted: config.nick.slice(0, this.#options.registered.support.nickLength),
      current: () => this.scene.self.nick,
      same: (one, other) => conversations.same(one, other),
      write: (line) => this.#writeInTurn(line),
    });
  }
}
