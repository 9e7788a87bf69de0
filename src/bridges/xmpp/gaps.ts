import type { ConvId } from "../contract/index.ts";
import type { Draft } from "./drafts.ts";

/** A visible line for what cannot be fetched any more. `since` in milliseconds since 1970, where it is known. */
export function gapSince(conv: ConvId, since: number | undefined): Draft {
  const from = since === undefined ? "" : ` ${new Date(since).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const reason =
    since === undefined
      ? "Not connected for a while, and there is no archive of what was said."
      : `The archive does not go back to${from} any more.`;
  return { kind: "gap", conv, reason, ...(since === undefined ? {} : { since }) };
}

/** A visible line for a room that we cannot enter. */
export function outside(conv: ConvId, why: string): Draft {
  return { kind: "gap", conv, reason: `${why} Nothing can be heard until the room is entered again; it is tried from time to time.` };
}
