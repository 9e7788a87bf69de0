import type { LogFields, LogLevel, HostServices } from "./process/types.ts";
import type { PluginProcess } from "./process/plugin-process.ts";
import type { Network } from "./networks.ts";
import type { AccountId } from "../contract/index.ts";

/** What the host uses of a `PluginProcess`; tests put a scripted plugin behind it. */
export interface AccountProcess
  extends Pick<
    PluginProcess,
    "state" | "isolated" | "start" | "stop" | "connect" | "execute" | "reconcile" | "open" | "close" | "split" | "command"
  > {
  on(event: "started" | "exited", listener: () => void): unknown;
}

export interface AccountProcessOptions {
  account: AccountId;
  network: Network;
  /** All fields with their values, secret ones included. */
  config: Record<string, string>;
  services: HostServices;
}

export interface AccountProcesses {
  /** Starts nothing yet. */
  create(options: AccountProcessOptions): AccountProcess;
  /** Removes what the account's plugin kept on the disk. */
  erase(account: AccountId): Promise<void>;
}

export type BridgeLog = (level: LogLevel, message: string, fields?: LogFields) => void;
