import type { SecurityFacts, SecurityLabel } from "../../security-labels/index.ts";
import type { Body, Media } from "./events.ts";
import type { ConvId, MsgId, MsgRef, TxnId } from "./ids.ts";

/** From the host to the plugin: one part of one message, or one act. */
export type Command = {
  txn: TxnId;
  conv: ConvId;
  /** From 1. */
  attempt: number;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** The plugin refuses with code `insecure` where the connection it is about to write to gives less than this. */
  minLabel: SecurityLabel;
} & Act;

export type Act =
  | {
      op: "send";
      style: "text" | "action" | "notice";
      body: Body;
      media?: Media[] | undefined;
      /** Where the network does not fully show replies (`caps.reply` under 2), the text also says in words what it answers. */
      replyTo?: MsgRef | undefined;
      thread?: MsgId | undefined;
    }
  | { op: "edit"; target: MsgRef; body: Body }
  | { op: "delete"; target: MsgRef }
  | { op: "react"; target: MsgRef; set: string[] }
  | { op: "read"; upTo: MsgRef }
  | { op: "typing"; on: boolean }
  | { op: "join" | "leave" }
  | { op: "topic"; topic: string };

/** `aliases`: other names that later events may know the message by. `accepted`: on the wire; an event with this `txn` or a `sendError` follows, else the host holds it to be in doubt. */
export type SendResult =
  | { state: "acked"; refs: MsgRef[]; aliases?: MsgId[] | undefined; ts?: number | undefined; sec: SecurityFacts }
  | { state: "accepted" };

export type Reconciled =
  | { txn: TxnId; found: "yes"; refs: MsgRef[]; aliases?: MsgId[] | undefined; sec?: SecurityFacts | undefined }
  | { txn: TxnId; found: "no" | "cannot-know" };
