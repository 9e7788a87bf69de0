/** How well a network can do a thing: rejected, dropped, shown as plain text, partly, fully. */
export type Level = -2 | -1 | 0 | 1 | 2;

/** What a conversation can do, for the host's fallbacks and the composer. */
export interface Caps {
  /** Changes when anything below does. */
  rev: string;
  kind: "direct" | "group" | "channel";
  text: {
    /** UTF-8 bytes that fit into one message of the network. */
    maxBytes?: number | undefined;
    maxLines?: number | undefined;
    formats: ("plain" | "md" | "irc" | "xhtml")[];
  };
  edit: Level;
  delete: Level;
  reply: Level;
  thread: Level;
  reactions: Level;
  typing: Level;
  read: Level;
  presence: Level;
  topic: Level;
  members: Level;
  files: Level;
  history: Level;
  /** What the host's rate limit allows: a burst of messages, then so many a second. */
  rate: { burst: number; perSecond: number };
}
