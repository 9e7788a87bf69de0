import { missingAt } from "../../device/sync-lag.ts";
import type { OpenNode } from "../daemon.ts";

/** What an operator watches: numbers alone, no names and no ids. */
export interface Measured {
  sessions: number;
  /** Entries in the log. */
  entries: number;
  /** Of the connected device that lacks most: how many entries it is not known to hold. */
  missing: number;
  /** By state. */
  outbox: Readonly<Record<string, number>>;
  bridges: Readonly<Record<string, number>>;
}

const NOTHING: Measured = { sessions: 0, entries: 0, missing: 0, outbox: {}, bridges: {} };

/** Of a node that is locked or starting, nothing can be counted. */
export function measure(node: OpenNode | undefined): Measured {
  if (!node) return NOTHING;
  const { core, sessions, bridges } = node;
  const peers = sessions.all();
  return {
    sessions: peers.length,
    entries: core.sql.get<{ n: number }>("select count(*) as n from entry")?.n ?? 0,
    missing: Math.max(0, ...peers.map(({ peer }) => missingAt(core, peer.device))),
    outbox: byState(core.sql.all<{ state: string; n: number }>("select state, count(*) as n from bridge_message group by state")),
    bridges: byState(bridges.list().map(({ state }) => ({ state, n: 1 }))),
  };
}

function byState(rows: readonly { state: string; n: number }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state, n } of rows) counts[state] = (counts[state] ?? 0) + n;
  return counts;
}
