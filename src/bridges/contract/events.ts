import type { SecurityFacts } from "../../security-labels/index.ts";
import type { BridgeErrorData } from "./account.ts";
import type { Caps } from "./caps.ts";
import type { ConvId, Cursor, MsgId, MsgRef, TxnId, UserId } from "./ids.ts";

export interface Body {
  text: string;
  format?: "plain" | "md" | undefined;
  /** The network's own form, where the text is a translation of it. */
  raw?: string | undefined;
}

export interface Media {
  /** Of the host's blob store. */
  handle: string;
  name: string;
  mime?: string | undefined;
  /** Bytes. */
  size?: number | undefined;
  width?: number | undefined;
  height?: number | undefined;
}

interface Stamped {
  conv: ConvId;
  /** Deduplication: unique within (account, conv, kind). Replaying an event is a no-op. */
  key: string;
  /** Milliseconds since 1970 by the network, else by the plugin's clock. */
  ts: number;
  from?: UserId | "self" | undefined;
  /** The plugin repeats what the host measured for this connection and adds what only it knows (`e2ee`, `source`). */
  sec: SecurityFacts;
}

/** What a person did, shown as one line or bubble each. */
export type MessageKind = "text" | "action" | "notice";
export type MembershipKind = "join" | "part" | "quit" | "kick" | "nick" | "mode" | "invite";

/** From the plugin to the host. */
export type Inbound =
  | (Stamped & {
      kind: "message";
      id: MsgId;
      /** Other names that later events may know it by. Of two messages with one such name the newer is meant. */
      aliases?: MsgId[] | undefined;
      style: MessageKind;
      /** Ours, come back: the host acknowledges the outbox row instead of showing it twice. */
      txn?: TxnId | undefined;
      body: Body;
      media?: Media[] | undefined;
      replyTo?: MsgRef | undefined;
      thread?: MsgId | undefined;
      mentionsMe?: boolean | undefined;
    })
  /** Counts only for a message of `from`. `txn`: ours, come back. */
  | (Stamped & { kind: "edit"; target: MsgRef; rev: string; body: Body; txn?: TxnId | undefined })
  /** Takes the text away on all devices of the person. Counts only for a message of `from`, or where the conversation itself says that a moderator (`by`) did it. */
  | (Stamped & { kind: "delete"; target: MsgRef; by?: UserId | undefined; txn?: TxnId | undefined })
  /** The full set of one user: idempotent. */
  | (Stamped & { kind: "reactions"; target: MsgRef; user: UserId | "self"; set: string[]; txn?: TxnId | undefined })
  | (Stamped & { kind: "receipt"; type: "delivered" | "read"; upTo: MsgRef; user: UserId | "self" })
  /** Ephemeral: shown to whoever is connected, never stored. */
  | (Stamped & { kind: "typing"; user: UserId; on: boolean; ttlMs: number })
  | (Stamped & { kind: "presence"; user: UserId; state: "online" | "away" | "dnd" | "offline"; text?: string | undefined })
  /** A line in the conversation: who came, went or changed the name, in words made by the host. */
  | (Stamped & {
      kind: "membership";
      change: MembershipKind;
      user: UserId;
      by?: UserId | undefined;
      to?: string | undefined;
      text?: string | undefined;
    })
  | (Stamped & { kind: "topic"; topic: string })
  /** State, not a line: who is there. */
  | (Stamped & { kind: "members"; mode: "snapshot" | "delta"; set: Member[] })
  | (Stamped & { kind: "conv"; patch: Partial<Omit<ConvInfo, "id">> })
  | (Stamped & { kind: "user"; user: UserId; patch: Partial<Omit<UserInfo, "id">> })
  /** What could not be heard: a visible line. */
  | (Stamped & { kind: "gap"; since?: number | undefined; reason: string })
  | (Stamped & { kind: "sendError"; txn: TxnId; error: BridgeErrorData });

export interface Member {
  user: UserId;
  role?: string | undefined;
  state: "join" | "leave" | "invite" | "ban";
}

export interface ConvInfo {
  id: ConvId;
  name: string;
  topic?: string | undefined;
  caps: Caps;
  state: "joined" | "invited" | "left";
  /** Link for the network's own program. */
  url?: string | undefined;
}

export interface UserInfo {
  id: UserId;
  name: string;
  handle?: string | undefined;
  avatar?: Media | undefined;
  bot?: boolean | undefined;
}

/** One transaction of the host: events, cursor and plugin state are committed together or not at all. At most 500 events. */
export interface Batch {
  source: "live" | "catchup" | "backfill";
  events: Inbound[];
  cursor?: { scope: string; value: Cursor } | undefined;
  /** The plugin's own state, by key; null deletes. */
  kv?: Record<string, Uint8Array | null> | undefined;
}
