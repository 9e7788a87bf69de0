import { draftSchema, muteSchema, retentionSchema, switchSchema } from "../../sync/content/chat.ts";
import type { Draft } from "../../sync/content/chat.ts";
import type { Reader } from "../../sync/core.ts";
import { newestBody, TOPIC } from "./newest.ts";

/** How a conversation stands in the list of this person. */
export interface ChatState {
  pinned: boolean;
  archived: boolean;
  muted: boolean;
  /** Milliseconds since 1970; undefined where it is not muted, or until further notice. */
  mutedUntil: number | undefined;
  /** Days; undefined where messages are kept. */
  retention: number | undefined;
}

export function chatState(reader: Reader, conversation: number): ChatState {
  const mute = newestBody(reader, conversation, TOPIC.mute, muteSchema);
  const muted = mute?.on === true && (mute.until === undefined || mute.until > reader.now());
  return {
    pinned: newestBody(reader, conversation, TOPIC.pin, switchSchema)?.on === true,
    archived: newestBody(reader, conversation, TOPIC.archive, switchSchema)?.on === true,
    muted,
    mutedUntil: muted ? mute.until : undefined,
    retention: newestBody(reader, conversation, TOPIC.retention, retentionSchema)?.days ?? undefined,
  };
}

/** Undefined where there is none. */
export function draftOf(reader: Reader, conversation: number): Draft | undefined {
  const draft = newestBody(reader, conversation, TOPIC.draft, draftSchema);
  return draft?.text === "" ? undefined : draft;
}
