import type { Duplex } from "node:stream";
import type { LinkFacts } from "../../security-labels/index.ts";
import type { AccountState, AccountStateName } from "./account.ts";
import type { Command, Reconciled, SendResult } from "./commands.ts";
import type { Batch, ConvInfo, UserInfo } from "./events.ts";
import type { ConvId, Cursor, MsgRef, TxnId } from "./ids.ts";
import type { CommandAnswer, CommandCall } from "./network-commands.ts";

/**
 * One network connection and its translation, in a child process of its own that serves one account. It may be killed at
 * any instruction: nothing that matters lives only in its memory. An error it throws on a call is a `BridgeError`
 * (`bridges/kit`); an uncaught one ends the process and the host starts it again.
 */
export interface Plugin {
  /**
   * Resolves when the connection loop runs; network trouble is not an error but a `host.state(…)`, and the loop goes on
   * for ever, with its own back-off, until `disconnect`. `conversations` are those that the person has open.
   */
  connect(resume: Resume): Promise<void>;
  /** Says goodbye to the network, within 2 seconds. */
  disconnect(why: "shutdown" | "user" | "update"): Promise<void>;
  /** Throws a `BridgeError`; `sent: "maybe"` puts the row in doubt. */
  execute(command: Command, signal: AbortSignal): Promise<SendResult>;
  /** Called after every connect for the commands in doubt. */
  reconcile(commands: Command[]): Promise<Reconciled[]>;
  /** Opens a conversation by the name that a person types; resolves once the network took it. */
  open(target: string): Promise<ConvInfo>;
  close(conv: ConvId): Promise<void>;
  /** Splits a long text into what the network takes as one message each. Pure, at most 50 parts. */
  split(conv: ConvId, text: string, style: "text" | "action" | "notice"): Promise<string[]>;
  list?(what: "contacts" | "conversations" | "public-rooms", query?: string): Promise<(UserInfo | ConvInfo)[]>;
  history?(query: { conv: ConvId; before?: Cursor; after?: Cursor; limit: number }): Promise<{ batch: Batch; more: boolean }>;
  /** One of the manifest's commands. Throws a `BridgeError` that says what the network did not like. */
  command?(call: CommandCall): Promise<CommandAnswer>;
  health(): Promise<{ lagMs: number; state: AccountStateName }>;
}

export interface Resume {
  /** The account's fields, secret ones included. */
  config: Record<string, string>;
  cursors: Record<string, Cursor>;
  kv: Record<string, Uint8Array>;
  conversations: ConvId[];
}

/** What the host offers over the same connection. */
export interface Host {
  /**
   * The only way out: the plugin has no network of its own. The host dials (by SOCKS where the account says so) what the
   * account declares and nothing else, checks the certificate and measures. Throws a `BridgeError`: `insecure` for a
   * certificate that does not verify, `forbidden` for a host that was not declared, `offline` where nobody answers.
   */
  dial(to: DialRequest): Promise<{ stream: Duplex; link: LinkFacts }>;
  /** STARTTLS on a stream of `dial`; what was buffered in plaintext is an error. */
  upgrade(stream: Duplex, options: { servername: string }): Promise<{ stream: Duplex; link: LinkFacts }>;
  /** Resolves after the commit has reached the disk; only then may the plugin acknowledge upstream. */
  ingest(batch: Batch): Promise<{ inserted: number; duplicates: number }>;
  state(state: Omit<AccountState, "since" | "link">): void;
  /** What the outbox knows of a transaction, or which transaction a network message is. */
  lookup(query: { txn: TxnId } | { ref: MsgRef }): Promise<{ txn?: TxnId | undefined; refs: MsgRef[] } | undefined>;
  /** Secrets that the plugin learned at run time (a token), kept in the vault. */
  vault: {
    get(key: string): Promise<string | undefined>;
    set(key: string, value: string | undefined): Promise<void>;
  };
  log(level: "debug" | "info" | "warn" | "error", message: string, fields?: Record<string, string | number | boolean>): void;
}

export interface DialRequest {
  host: string;
  /** 1 to 65535. */
  port: number;
  tls: "direct" | "none";
  servername?: string | undefined;
  alpn?: string[] | undefined;
  /** E.g. `_xmpps-client._tcp`: the host asks the domain `host` where this service is (SRV, RFC 2782) and goes there; `port` is
   * not used. Throws `not-found` where the domain does not say, and behind a proxy, which cannot be asked. */
  service?: string | undefined;
}

/** Made by the plugin's module: `export const plugin: PluginFactory`. */
export type PluginFactory = (host: Host) => Plugin;
