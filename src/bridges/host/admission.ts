import type { Batch, Caps } from "../contract/index.ts";
import type { Standing } from "./conversation-table.ts";

export type Admission =
  /** Into the conversation, which is open. */
  | "in"
  /** It opens its private conversation by itself, then comes in. */
  | "opens"
  /** The person is opening a conversation of this account right now, perhaps this one: it comes in until that is known. */
  | "provisional"
  /** Not asked for. */
  | "ignored";

export interface AdmissionFacts {
  /** Undefined where the plugin has not told of the conversation. */
  standing: Standing | undefined;
  kind: Caps["kind"] | undefined;
  isMessage: boolean;
  source: Batch["source"];
  /** The person is opening a conversation of the account: `this` by its name, or `some`, which may be one not yet told of. */
  opening: "this" | "some" | undefined;
}

/**
 * The person picks the conversations: of others nothing comes in, so that a first synchronisation never floods. Private
 * messages are for the person alone and open their conversation, but not those of a backfill.
 */
export function admit({ standing, kind, isMessage, source, opening }: AdmissionFacts): Admission {
  if (standing === "open" || standing === "provisional") return "in";
  if (isMessage && kind === "direct" && source !== "backfill") return "opens";
  return opening === "this" || (opening === "some" && standing === undefined) ? "provisional" : "ignored";
}
