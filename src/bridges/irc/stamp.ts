import type { SecurityFacts } from "../../security-labels/index.ts";
import type { Inbound } from "../contract/index.ts";
import type { Draft } from "./scene.ts";

/** What all events of one line have in common. */
export interface Stamp {
  /** Unique over all connections. */
  id: string;
  /** Milliseconds since 1970. */
  ts: number;
  sec: SecurityFacts;
}

/** Events from the drafts of one line: each with a key that no other has. */
export function stamped(drafts: readonly Draft[], { id, ts, sec }: Stamp): Inbound[] {
  return drafts.map((draft, index): Inbound => ({ ts, sec, ...draft, key: draft.key ?? (index === 0 ? id : `${id}:${index}`) }));
}
