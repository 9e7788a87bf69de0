import type { IrcMessage } from "irc-framework";
import { PlaybackIds } from "./keys.ts";

/** Batches that may be open at once, and how deep one may lie in another: a server that opens more is not believed. */
const MAX_OPEN = 100;
const MAX_DEPTH = 8;
const PLAYBACK = new Set(["chathistory", "draft/chathistory", "znc.in/playback"]);

export interface Batch {
  type: string;
  /** Of a playback: whose history it is. */
  target: string | undefined;
  parent: Batch | undefined;
  /** Label of the command that this answers (labeled-response). */
  label: string | undefined;
  /** Set where the batch plays back what was said earlier. */
  playback: PlaybackIds | undefined;
  depth: number;
}

/**
 * Which batches are open (IRCv3 batch). Lines are taken as they come, in their order, and only asked where they belong:
 * irc-framework holds them back and loses what lies in a batch within a batch.
 */
export class Batches {
  readonly #open = new Map<string, Batch>();

  /** The batch that a line belongs to; undefined for none and for one that was never opened. */
  of(message: IrcMessage): Batch | undefined {
    const id = message.tags["batch"];
    return id === undefined ? undefined : this.#open.get(id);
  }

  /** Takes a BATCH line; returns the batch that it closes. */
  take(message: IrcMessage): Batch | undefined {
    const [reference = "", type = "", target] = message.params;
    const id = reference.slice(1);
    if (reference.startsWith("+")) this.#start(id, { type, target }, message);
    if (!reference.startsWith("-")) return undefined;
    const closed = this.#open.get(id);
    this.#open.delete(id);
    return closed;
  }

  #start(id: string, { type, target }: Pick<Batch, "type" | "target">, message: IrcMessage): void {
    const parent = this.of(message);
    const depth = (parent?.depth ?? 0) + 1;
    if (this.#open.size >= MAX_OPEN || depth > MAX_DEPTH || id.length > 128) return;
    const playback = PLAYBACK.has(type.toLowerCase()) ? new PlaybackIds() : parent?.playback;
    this.#open.set(id, { type, target, parent, label: message.tags["label"] ?? parent?.label, playback, depth });
  }
}
