import type { Command, ConvId, ConvInfo, Host, Plugin, Reconciled, Resume, SendResult, UserInfo } from "../contract/index.ts";
import { BridgeError, Inbox, Journal, splitText, toBridgeError } from "../kit/index.ts";
import { Places } from "./catch-up.ts";
import { readConfig, type XmppConfig } from "./config.ts";
import { MAX_TEXT_BYTES } from "./conv-info.ts";
import { Conversations } from "./conversations.ts";
import { Supervisor } from "./supervisor.ts";
import type { World } from "./world.ts";
import { decodeResumable } from "./xep-0198-stream-management.ts";

/** Of the contract's two seconds: for the goodbye, then for what is still on its way to the host. */
const GOODBYE_MS = 1_200;
const LAST_INGEST_MS = 500;
/** Tries of a batch before the person hears of it. */
const PATIENCE = 3;
/** `/me ` in front. */
const ACTION_BYTES = 4;

interface Running {
  supervisor: Supervisor;
  inbox: Inbox;
  conversations: Conversations;
  places: Places;
}

/** One XMPP account. */
export class XmppPlugin implements Plugin {
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
    await this.#end();
    const config = this.#readConfig(resume.config);
    if (!config) return;
    this.#running = this.#start(config, resume);
    this.#running.supervisor.start();
  }

  async disconnect(): Promise<void> {
    await this.#end();
  }

  async execute(command: Command, signal: AbortSignal): Promise<SendResult> {
    const session = this.#running?.supervisor.session;
    this.#journal.waiting(command.txn, () => undefined);
    if (!session) throw notConnected();
    return session.execute(command, signal);
  }

  async reconcile(commands: Command[]): Promise<Reconciled[]> {
    const known = commands.map(({ txn }) => this.#journal.reconcile(txn));
    const open = commands.filter(({ txn }) => known.some((answer) => answer.txn === txn && answer.found === "cannot-know"));
    if (open.length === 0) return known;
    const session = await this.#running?.supervisor.online(this.#world.timings.open);
    const found = new Map((await session?.reconcile(open))?.map((answer) => [answer.txn, answer]));
    return known.map((answer) => found.get(answer.txn) ?? answer);
  }

  async open(target: string): Promise<ConvInfo> {
    return (await this.#online()).open(target);
  }

  async close(conv: ConvId): Promise<void> {
    const { supervisor, conversations, inbox, places } = this.#running ?? {};
    supervisor?.session?.leave(conv);
    if (conversations && places) inbox?.note({ ...conversations.remove(conv), ...places.forget(conv) });
  }

  async split(_conv: ConvId, text: string, style: "text" | "action" | "notice"): Promise<string[]> {
    const maxBytes = MAX_TEXT_BYTES - (style === "action" ? ACTION_BYTES : 0);
    return splitText(text, { maxBytes, lines: "keep" });
  }

  async list(what: "contacts" | "conversations" | "public-rooms", query?: string): Promise<(UserInfo | ConvInfo)[]> {
    return (await this.#online()).list(what, query);
  }

  async health(): Promise<{ lagMs: number; state: Supervisor["state"] }> {
    const supervisor = this.#running?.supervisor;
    return { lagMs: supervisor?.session?.lagMs ?? 0, state: supervisor?.state ?? "stopped" };
  }

  async #online() {
    const session = await this.#running?.supervisor.online(this.#world.timings.open);
    if (!session) throw notConnected();
    return session;
  }

  #readConfig(fields: Record<string, string>): XmppConfig | undefined {
    try {
      return readConfig(fields);
    } catch (error) {
      this.#host.state({ state: "bad-credentials", error: toBridgeError(error, "no").data });
      return undefined;
    }
  }

  #start(config: XmppConfig, { kv, conversations: open }: Resume): Running {
    const [host, world] = [this.#host, this.#world];
    const conversations = new Conversations(open, kv);
    const places = new Places(kv);
    const patience = { random: world.random, retry: world.timings.ingest };
    const inbox = new Inbox(host, patience, {
      pressure: (on) => supervisor.pause(on),
      trouble: (error, attempt) => this.#ingestFailed(supervisor, error, attempt),
      recovered: () => supervisor.hostTrouble(undefined),
    });
    const shared = { host, config, world, conversations, inbox, journal: this.#journal, places };
    const supervisor = new Supervisor(shared, { resumable: decodeResumable(kv["sm"]), kv });
    return { supervisor, inbox, conversations, places };
  }

  #ingestFailed(supervisor: Supervisor, thrown: unknown, attempt: number): void {
    const { message, code } = toBridgeError(thrown, "no").data;
    this.#host.log("warn", "the host did not take what was heard", { attempt, code });
    if (attempt !== PATIENCE) return;
    const words = `What is heard cannot be stored at the moment: ${message}`;
    supervisor.hostTrouble({ code: "internal", sent: "no", message: words, action: "none" });
  }

  async #end(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    await running.supervisor.stop(GOODBYE_MS);
    await running.inbox.drained(LAST_INGEST_MS);
    running.inbox.stop();
  }
}

function notConnected(): BridgeError {
  return new BridgeError({ code: "offline", sent: "no", message: "There is no connection to the server at the moment." });
}
