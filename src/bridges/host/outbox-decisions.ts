import { LABELS, type SecurityFacts, type SecurityLabel } from "../../security-labels/index.ts";
import type { BridgeErrorData } from "../contract/index.ts";

/**
 * What becomes of an outgoing message, decided apart from everything that reads or writes. The invariants, which the tests name:
 *
 * - O1 A part is handed to the plugin only out of `queued`, and is `claimed` on the disk before.
 * - O2 What may have reached the network is never handed over again by itself: only proof that it did not, or the person, does that.
 * - O3 Parts go in their order; a message goes on only while every earlier part is acknowledged.
 * - O4 A message is sent when all of its parts are, and not before.
 * - O5 One failed part fails the message: the parts after it are not sent, and the reason says how many were.
 * - O6 What waited for over an hour is not sent before the person says so.
 * - O7 A message in doubt steps aside: it does not hold up those after it.
 * - O8 An acknowledgement is believed whenever it comes: the network knows best what it has.
 * - O9 A message has the label of its worst part.
 * - O10 Word of an earlier attempt changes nothing about a later one, but for an acknowledgement.
 */
export type PartState = "queued" | "claimed" | "accepted" | "in-doubt" | "acked" | "failed";

export interface Part {
  readonly state: PartState;
  /** The network may have it. Always true for `claimed` and `accepted`; in doubt without it is what only waits for the person. */
  readonly maybe: boolean;
  /** How often it was handed to the plugin. */
  readonly attempt: number;
  readonly claimedAt?: number | undefined;
  /** Undefined once it is acknowledged, or deleted. */
  readonly text?: string | undefined;
  /** Of a part that was deleted before anybody knew what became of it: by this alone it is known again when the network repeats it. */
  readonly textHash?: string | undefined;
  readonly refs: readonly string[];
  /** The network's time. */
  readonly ts?: number | undefined;
  /** How it travelled, as measured when it was handed over. */
  readonly facts?: SecurityFacts | undefined;
  readonly label?: SecurityLabel | undefined;
  /** One sentence for people. */
  readonly reason?: string | undefined;
  /** Why the network or the host refused it; stable. */
  readonly code?: BridgeErrorData["code"] | undefined;
}

export type PartEvent =
  | { event: "claim"; at: number; facts: SecurityFacts; label: SecurityLabel }
  | { event: "accepted"; attempt: number }
  | {
      event: "acked";
      refs: readonly string[];
      ts?: number | undefined;
      facts?: SecurityFacts | undefined;
      label?: SecurityLabel | undefined;
    }
  /** Without `attempt`: of whichever is under way. */
  | { event: "refused"; attempt?: number | undefined; error: BridgeErrorData }
  /** Child dead, connection gone, host restarted, or no word in time. */
  | { event: "lost"; reason: string }
  /** Of `reconcile`. */
  | { event: "unsent" }
  /** It waited for over an hour. */
  | { event: "expire"; reason: string }
  /** By the person. */
  | { event: "resend" }
  | { event: "settle" }
  /** Its conversation or account is closed, or the message is deleted. */
  | { event: "cancel"; reason: string; code?: BridgeErrorData["code"] | undefined };

/** What all devices are told of a message. */
export interface MessageState {
  state: "queued" | "sent" | "in-doubt" | "failed";
  reason?: string | undefined;
  code?: BridgeErrorData["code"] | undefined;
  remote?: string[] | undefined;
  ts?: number | undefined;
  label?: SecurityLabel | undefined;
  facts?: SecurityFacts | undefined;
}

export const ASK_AFTER_MS = 60 * 60 * 1000;
const MAX_REMOTE = 50;

export const TOO_OLD = "This message is older than an hour and was not sent. Send it now?";
export const NOT_SENT_AS_DECIDED = "It was not sent, as you decided.";
export const MARKED_AS_SENT = "You marked it as sent.";
export const DELETED = "You deleted it before it was sent.";
export const ROLLED_BACK = "The database was set back to an older state: this may have been sent already. Send it?";
/** Why it is in doubt. */
export const DOUBT = {
  moved: "Another device ran this account when this was written, and may have sent it. Send it now?",
  restart: "Homeport was restarted before the network confirmed it. It may not have been delivered.",
  exit: "The bridge's process ended before the network confirmed it. It may not have been delivered.",
  offline: "The connection was lost before the network confirmed it. It may not have been delivered.",
  silence: "The network did not confirm it in time. It may not have been delivered.",
} as const;
const AFTER_A_FAILED_PART = "An earlier part of the message was not sent.";

/** The part after the event; the same object where the event does not concern it. */
export function step(part: Part, event: PartEvent): Part {
  switch (event.event) {
    case "claim":
      return part.state === "queued" ? claimed(part, event) : part;
    case "accepted":
      return part.state === "claimed" && part.attempt === event.attempt ? { ...part, state: "accepted" } : part;
    case "acked":
      return acked(part, event);
    case "refused":
      return refused(part, event.error, event.attempt);
    case "lost":
      return isUnderWay(part) ? { ...part, state: "in-doubt", maybe: true, reason: event.reason } : part;
    case "unsent":
      return isDoubtful(part) ? requeued(part) : part;
    case "expire":
      return part.state === "queued" ? { ...part, state: "in-doubt", maybe: false, reason: event.reason } : part;
    case "resend":
      return part.state === "in-doubt" || part.state === "failed" ? requeued(part) : part;
    case "settle":
      return settled(part);
    case "cancel":
      return part.state === "queued" || (part.state === "in-doubt" && !part.maybe) ? failed(part, event.reason, event.code) : part;
  }
}

/** O5. To be called after each `step` on one of the parts. */
export function afterStep(parts: readonly Part[]): Part[] {
  const broken = parts.findIndex((part) => part.state === "failed");
  return parts.map((part, index) => (broken >= 0 && index > broken && part.state === "queued" ? failed(part, AFTER_A_FAILED_PART) : part));
}

/** O3: the index of the part to be handed over next. */
export function nextPart(parts: readonly Part[]): number | undefined {
  const index = parts.findIndex((part) => part.state !== "acked");
  return parts[index]?.state === "queued" ? index : undefined;
}

/** O6. */
export function isTooOld(created: number, now: number): boolean {
  return now - created > ASK_AFTER_MS;
}

/** True where the network may have it and only `reconcile` or the person can tell. */
export function isDoubtful(part: Part): boolean {
  return part.state === "in-doubt" && part.maybe;
}

/** O2: it was certainly not sent, and a later try may do better. */
export function isWorthATry({ sent, code }: BridgeErrorData): boolean {
  return sent === "no" && (code === "offline" || code === "rate");
}

/** E2: nobody knows yet what became of it, so that the network may still speak of it. */
export function isUndecided(part: Part): boolean {
  return isUnderWay(part) || isDoubtful(part);
}

export function isUnderWay(part: Part): boolean {
  return part.state === "claimed" || part.state === "accepted";
}

export function messageState(parts: readonly Part[]): MessageState {
  const stopped = parts.find((part) => part.state === "failed") ?? parts.find((part) => part.state === "in-doubt");
  if (stopped) {
    const state = stopped.state === "failed" ? "failed" : "in-doubt";
    return { state, reason: reasonOf(parts, stopped), code: stopped.code, remote: remoteOf(parts) };
  }
  if (!parts.every((part) => part.state === "acked")) return { state: "queued" };
  const worst = worstOf(parts);
  const reason = parts.find((part) => part.reason !== undefined)?.reason;
  return { state: "sent", reason, remote: remoteOf(parts), ts: parts[0]?.ts, label: worst?.label, facts: worst?.facts };
}

function claimed(part: Part, { at, facts, label }: { at: number; facts: SecurityFacts; label: SecurityLabel }): Part {
  return { ...part, state: "claimed", maybe: true, attempt: part.attempt + 1, claimedAt: at, facts, label, reason: undefined };
}

function acked(
  part: Part,
  event: { refs: readonly string[]; ts?: number | undefined; facts?: SecurityFacts | undefined; label?: SecurityLabel | undefined },
): Part {
  const refs = [...new Set([...part.refs, ...event.refs])].slice(0, MAX_REMOTE);
  if (part.state === "acked") return refs.length === part.refs.length ? part : { ...part, refs, reason: undefined };
  const { ts = part.ts, facts = part.facts, label = part.label } = event;
  return { ...part, state: "acked", maybe: false, text: undefined, reason: undefined, code: undefined, refs, ts, facts, label };
}

function refused(part: Part, error: BridgeErrorData, attempt: number | undefined): Part {
  if (!isUnderWay(part) && !isDoubtful(part)) return part;
  if (attempt !== undefined && attempt !== part.attempt) return part;
  if (error.sent === "maybe")
    return isDoubtful(part)
      ? part
      : { ...part, state: "in-doubt", maybe: true, reason: `It may not have been delivered: ${error.message}` };
  return isWorthATry(error) ? requeued(part) : failed(part, error.message, error.code);
}

function settled(part: Part): Part {
  if (part.state !== "in-doubt") return part;
  return part.maybe ? { ...acked(part, { refs: [] }), reason: MARKED_AS_SENT } : failed(part, NOT_SENT_AS_DECIDED);
}

function requeued(part: Part): Part {
  return {
    ...part,
    state: "queued",
    maybe: false,
    reason: undefined,
    code: undefined,
    claimedAt: undefined,
    facts: undefined,
    label: undefined,
  };
}

function failed(part: Part, reason: string, code?: BridgeErrorData["code"]): Part {
  return { ...part, state: "failed", maybe: false, reason, code };
}

function reasonOf(parts: readonly Part[], stopped: Part): string | undefined {
  if (parts.length === 1) return stopped.reason;
  const sent = parts.filter((part) => part.state === "acked").length;
  return `${sent} of ${parts.length} parts were sent. ${stopped.reason ?? ""}`.trim();
}

function remoteOf(parts: readonly Part[]): string[] | undefined {
  const refs = parts.flatMap((part) => part.refs).slice(0, MAX_REMOTE);
  return refs.length > 0 ? refs : undefined;
}

function worstOf(parts: readonly Part[]): Part | undefined {
  const rank = (part: Part) => (part.label ? LABELS.indexOf(part.label) : -1);
  return [...parts].sort((a, b) => rank(a) - rank(b))[0];
}
