import type {
  Command,
  CommandAnswer,
  CommandCall,
  ConvId,
  ConvInfo,
  Host,
  Plugin,
  Reconciled,
  Resume,
  SendResult,
} from "../contract/index.ts";
import { Inbox, Journal, splitText, toBridgeError } from "../kit/index.ts";
import { ChannelKeys } from "./channel-keys.ts";
import { type IrcConfig, readConfig } from "./config.ts";
import { Conversations } from "./conversations.ts";
import { textLimit } from "./conv-info.ts";
import { Heard } from "./heard.ts";
import { DEFAULT_SUPPORT } from "./isupport.ts";
import { notConnected } from "./open-target.ts";
import type { Style } from "./self.ts";
import { Sts } from "./sts.ts";
import { Supervisor } from "./supervisor.ts";
import type { World } from "./world.ts";

/** Of the contract's two seconds: for the goodbye, then for what is still on its way to the host. */
const GOODBYE_MS = 1_200;
const LAST_INGEST_MS = 500;
/** Tries of a batch before the person hears of it. */
const PATIENCE = 3;

interface Running {
  config: IrcConfig;
  conversations: Conversations;
  inbox: Inbox;
  supervisor: Supervisor;
  heard: Heard;
}

/** One IRC account. */
export class IrcPlugin implements Plugin {
  readonly #host: Host;
  readonly #world: World;
  readonly #journal = new Journal();
  #running: Running | undefined;

  constructor(host: Host, world: World) {
    this.#host = host;
    this.#world = world;
  }

  /** A second call takes the place of the first, e.g. with other settings. */
  async connect(resume: Resume): Promise<void> {
    await this.#end("reconnecting");
    const config = this.#readConfig(resume.config);
    if (!config) return;
    this.#running = this.#start(config, resume);
    this.#running.supervisor.start();
  }

  async disconnect(why: "shutdown" | "user" | "update"): Promise<void> {
    await this.#end(why === "update" ? "restarting" : "bye");
  }

  async execute(command: Command, signal: AbortSignal): Promise<SendResult> {
    const session = this.#running?.supervisor.session;
    this.#journal.waiting(command.txn, () => undefined);
    if (!session) throw notConnected();
    return session.execute(command, signal);
  }

  async reconcile(commands: Command[]): Promise<Reconciled[]> {
    return commands.map(({ txn }) => this.#journal.reconcile(txn));
  }

  async open(target: string): Promise<ConvInfo> {
    const session = await this.#running?.supervisor.online(this.#world.timings.open);
    if (!session) throw notConnected();
    return session.open(target);
  }

  async close(conv: ConvId): Promise<void> {
    const { supervisor, conversations, inbox, heard } = this.#running ?? {};
    if (supervisor?.session) return supervisor.session.close(conv);
    conversations?.remove(conv);
    if (heard) inbox?.note(heard.forget(conv));
  }

  async split(conv: ConvId, text: string, style: Style): Promise<string[]> {
    const { conversations, config, supervisor } = this.#running ?? {};
    const scene = supervisor?.session?.scene ?? {
      support: DEFAULT_SUPPORT,
      self: { nick: config?.nick ?? "", user: undefined, host: undefined },
    };
    const maxBytes = textLimit(conversations?.nameOf(conv) ?? conv, style, scene);
    return splitText(text.replaceAll("\0", "\uFFFD"), { maxBytes });
  }

  async command(call: CommandCall): Promise<CommandAnswer> {
    const session = this.#running?.supervisor.session;
    if (!session) throw notConnected();
    return session.command(call);
  }

  async health(): Promise<{ lagMs: number; state: Supervisor["state"] }> {
    const supervisor = this.#running?.supervisor;
    return { lagMs: supervisor?.session?.liveness.lagMs ?? 0, state: supervisor?.state ?? "stopped" };
  }

  #readConfig(fields: Record<string, string>): IrcConfig | undefined {
    try {
      return readConfig(fields);
    } catch (error) {
      this.#host.state({ state: "bad-credentials", error: toBridgeError(error, "no").data });
      return undefined;
    }
  }

  #start(config: IrcConfig, resume: Resume): Running {
    const [host, world] = [this.#host, this.#world];
    const conversations = new Conversations(resume.conversations);
    const heard = new Heard(resume.kv);
    const patience = { random: world.random, retry: world.timings.ingest };
    const inbox = new Inbox(host, patience, {
      pressure: (on) => supervisor.pause(on),
      trouble: (error, attempt) => this.#ingestFailed(supervisor, error, attempt),
      recovered: () => supervisor.hostTrouble(undefined),
    });
    const closed = heard.forgetAllBut(resume.conversations);
    if (Object.keys(closed).length > 0) inbox.note(closed);
    const supervisor = new Supervisor({
      host,
      config,
      world,
      conversations,
      inbox,
      journal: this.#journal,
      heard,
      keys: new ChannelKeys(host.vault),
      sts: new Sts(resume.kv, config.host),
    });
    return { config, conversations, inbox, supervisor, heard };
  }

  #ingestFailed(supervisor: Supervisor, thrown: unknown, attempt: number): void {
    const { message, code } = toBridgeError(thrown, "no").data;
    this.#host.log("warn", "the host did not take what was heard", { attempt, code });
    if (attempt !== PATIENCE) return;
    supervisor.hostTrouble({
      code: "internal",
      sent: "no",
      message: `What is heard cannot be stored at the moment: ${message}`,
      action: "none",
    });
  }

  async #end(reason: string): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    await running.supervisor.stop(reason, GOODBYE_MS);
    await running.inbox.drained(LAST_INGEST_MS);
    running.inbox.stop();
  }
}
