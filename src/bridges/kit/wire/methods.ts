import type {
  AccountState,
  Batch,
  Command,
  CommandCall,
  ConvId,
  Cursor,
  DialRequest,
  MsgRef,
  Resume,
  TxnId,
} from "../../contract/index.ts";
import type { LinkFacts } from "../../../security-labels/index.ts";

/** Calls of the child, by their name on the wire. */
export interface HostCalls {
  /** `stream` is the id of a stream that the child has just opened. */
  dial: DialRequest & { stream: number };
  /** `from` is left behind, `stream` has just been opened. */
  upgrade: { from: number; stream: number; servername: string };
  ingest: Batch;
  lookup: { txn: TxnId } | { ref: MsgRef };
  vaultGet: { key: string };
  vaultSet: { key: string; value?: string | undefined };
}

export type Dialed = { link: LinkFacts };

/** Messages of the child that want no answer. */
export interface HostNotes {
  /** The plugin's module is loaded and its factory has run. */
  hello: { contract: 1 };
  state: Omit<AccountState, "since" | "link">;
  log: { level: "debug" | "info" | "warn" | "error"; message: string; fields?: Record<string, string | number | boolean> | undefined };
  /** Its last words. */
  fatal: { message: string };
}

/** Calls of the host. */
export interface PluginCalls {
  connect: Resume;
  disconnect: { why: "shutdown" | "user" | "update" };
  execute: Command;
  reconcile: Command[];
  open: { target: string };
  close: { conv: ConvId };
  split: { conv: ConvId; text: string; style: "text" | "action" | "notice" };
  list: { what: "contacts" | "conversations" | "public-rooms"; query?: string | undefined };
  history: { conv: ConvId; before?: Cursor | undefined; after?: Cursor | undefined; limit: number };
  command: CommandCall;
  health: null;
}
