import { deviceText } from "../../sync/log/public-id.ts";
import type { LinkFacts } from "../../security-labels/index.ts";
import type { AccountId, AccountState, AccountStateName, BridgeErrorData } from "../contract/index.ts";
import type { AccountRecord } from "./account-table.ts";

/** One account as `bridge list` shows it. */
export interface BridgeRow {
  account: AccountId;
  network: string;
  name: string;
  /** Public id of the device that hosts it. */
  device: string;
  state: AccountStateName;
  /** Milliseconds since 1970. */
  since: number;
  error?: { code: BridgeErrorData["code"]; message: string; action: NonNullable<BridgeErrorData["action"]> };
  isolated: boolean;
  /** Null while there is no connection. */
  link: LinkFacts | null;
}

export function bridgeRow(record: AccountRecord, device: Uint8Array, state: AccountState, isolated: boolean): BridgeRow {
  const { error } = state;
  return {
    account: record.id,
    network: record.network,
    name: record.name,
    device: deviceText(device),
    state: state.state,
    since: state.since,
    ...(error && { error: { code: error.code, message: error.message, action: error.action ?? "none" } }),
    isolated,
    link: state.link ?? null,
  };
}
