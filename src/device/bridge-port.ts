import type { SecurityLabel } from "../security-labels/index.ts";
import type { BridgeRow, CommandAnswer, CommandRow, MemberRow, NetworkRow } from "../api/bridges.ts";

/**
 * The bridges that this device hosts, as the device API needs them. A device without bridges, such as a browser, has none
 * and asks the device that hosts them. Errors are `HomeportError`s.
 */
export interface BridgePort {
  networks(): NetworkRow[];
  /** Resolves with the account's id once it is stored; it connects by itself. */
  add(network: string, settings: Record<string, string>): Promise<string>;
  list(): BridgeRow[];
  /** Resolves once the account is online; rejects where it will not get there by itself. */
  wait(account: string, signal: AbortSignal): Promise<BridgeRow>;
  /** Resolves with the conversation's id, 32 bytes. */
  open(account: string, target: string, wait: boolean): Promise<Uint8Array>;
  close(conversation: number): Promise<void>;
  remove(account: string): Promise<void>;
  start(account: string): Promise<BridgeRow>;
  /** Runs an account here that another device ran. */
  takeOver(account: string): Promise<BridgeRow>;
  commands(account: string): CommandRow[];
  /** `conversation`: its row. */
  command(account: string, asked: { name: string; args: string; conversation?: number | undefined }): Promise<CommandAnswer>;
  members(conversation: number): MemberRow[];
  /** Resolves once the network was asked. Rejects where it cannot, or the connection gives less than `minLabel`. */
  setTopic(conversation: number, topic: string, minLabel: SecurityLabel): Promise<void>;
  /** As how many messages a text goes out. Rejects with `too-large` for more than the network takes. */
  parts(conversation: number, text: string, style: "text" | "action" | "notice"): Promise<number>;
  /** What the person decides about a message in doubt, by its entry's row. */
  resend(entry: number): Promise<void>;
  settle(entry: number): Promise<void>;
}
