import type { Conversation, Writer } from "../core.ts";
import { sameBytes } from "../encoding/bytes.ts";
import type { Run } from "../log/run.ts";
import type { Position } from "../log/vector.ts";
import type { FeedState } from "./feed-table.ts";
import type { Incoming, Integrator } from "./integrate.ts";
import { type Fork, judge, type ReceiveContext } from "./receive.ts";

/** What became of the runs of one frame. */
export interface Received {
  /** What is stored and committed now, by conversation row. */
  stored: Map<number, Position[]>;
  /** Conversations of which something was not taken and is to be asked for again. */
  wanting: Map<number, "account" | "gap" | "room">;
}

export interface ConversationRun {
  conversation: Conversation;
  run: Run;
}

/** What one frame brought, and what it leads to. */
export interface Intake extends Received {
  /** Rows of the conversations in which something was stored. */
  touched: Set<number>;
}

export interface IntakeContext extends ReceiveContext {
  integrator: Integrator;
  /** B5: entries of this device that it does not hold any more, before they are integrated. */
  ownCameBack(): void;
  /** True where the peer has to be asked for more of its chain. */
  forked(writer: Writer, conversation: Conversation, fork: Fork): boolean;
}

/** Judges the runs of a frame and stores what is good of them, in an open transaction. Throws `MalformedError`. */
export function takeRuns(context: IntakeContext, writer: Writer, runs: readonly ConversationRun[]): Intake {
  const intake: Intake = { stored: new Map(), wanting: new Map(), touched: new Set() };
  const taken = new Map<FeedState, Conversation>();
  const incoming: Incoming[] = [];
  for (const { conversation, run } of runs) {
    const verdict = judge(context, conversation, run);
    if ("wait" in verdict) intake.wanting.set(conversation.row, verdict.wait);
    if ("fork" in verdict && context.forked(writer, conversation, verdict.fork)) intake.wanting.set(conversation.row, "gap");
    if (!("take" in verdict)) continue;
    // A second run of a feed in one frame was judged by where the feed ended before the first.
    if (taken.has(verdict.feed)) {
      intake.wanting.set(conversation.row, "gap");
      continue;
    }
    taken.set(verdict.feed, conversation);
    const last = verdict.take.length - 1;
    verdict.take.forEach((entry, index) => {
      incoming.push({ feed: verdict.feed, entry, signature: index === last ? run.signature : null });
    });
  }
  if (incoming.some(({ feed }) => sameBytes(feed.device, context.self))) context.ownCameBack();
  context.integrator.take(writer, incoming);
  for (const [feed, conversation] of taken) {
    append(intake.stored, conversation.row, feed);
    intake.touched.add(conversation.row);
  }
  return intake;
}

function append(stored: Map<number, Position[]>, conversation: number, { device, incarnation, headSeq }: FeedState): void {
  const positions = stored.get(conversation) ?? [];
  stored.set(conversation, positions);
  positions.push({ device, incarnation, seq: headSeq });
}
