import type { Handlers } from "../../api/methods.ts";
import type { MessageState } from "../../api/messages.ts";
import { KIND } from "../../sync/content/kinds.ts";
import type { Conversation } from "../../sync/core.ts";
import type { Device } from "../../sync/device.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { HomeportError } from "../../sync/errors.ts";
import { messageText } from "../../sync/log/public-id.ts";
import type { HandlerContext } from "../context.ts";
import { findConversation, findMessage, findMessageIn } from "../lookup.ts";
import { deliveryOf, stateOfEntry } from "../views/delivery.ts";
import { conversationInfo } from "../views/newest.ts";
import { refOf } from "../views/referred.ts";
import { markSeen } from "../views/unread.ts";

const FINAL: readonly MessageState[] = ["sent", "in-doubt", "failed", "delivered", "everywhere", "received"];

export function messageHandlers(context: HandlerContext): Pick<Handlers, "send" | "message.wait" | "mark"> {
  const { device } = context;
  return {
    async send({ conversation: id, text, style, minLabel, replyTo, expires }) {
      const conversation = findConversation(device, id);
      requireOpen(device, conversation);
      const target = replyTo === undefined ? undefined : findMessageIn(device, conversation, replyTo);
      const body: Record<string, Cbor> = { text, style };
      if (minLabel !== undefined) body.minLabel = minLabel;
      if (expires !== undefined) body.ttl = ownOnly(conversation, expires);
      if (target) body.replyTo = { ...refOf(target) };
      const entry = device.transact((writer) => writer.append(conversation.row, KIND.text, body));
      return { id: messageText(entry), state: stateOfEntry(device, entry) };
    },

    async "message.wait"({ id }, { signal }) {
      const entry = findMessage(device, id);
      const state = await until(device, signal, () => {
        const now = stateOfEntry(device, entry);
        return FINAL.includes(now) ? now : undefined;
      });
      const { reason, delivery } = deliveryOf(device, entry);
      const { code } = delivery ?? {};
      return { id, state, ...(code === undefined ? {} : { code }), ...(reason === undefined ? {} : { reason }) };
    },

    async mark({ conversation: id, upTo }) {
      const conversation = findConversation(device, id);
      const entry = findMessageIn(device, conversation, upTo);
      device.transact((writer) => markSeen(writer, entry));
      return { conversation: id, upTo };
    },
  };
}

/** Resolves with the first value that `look` gives, asked now and after each change. Rejects when the caller goes. */
function until<T>(device: Device, signal: AbortSignal, look: () => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = () => finish(() => reject(signal.reason as Error));
    const check = () => {
      const value = look();
      if (value !== undefined) finish(() => resolve(value));
    };
    const remove = device.changes.add(check);
    const finish = (settle: () => void) => {
      remove();
      signal.removeEventListener("abort", ended);
      settle();
    };
    signal.addEventListener("abort", ended, { once: true });
    if (signal.aborted) ended();
    else check();
  });
}

/** What was sent to another network stays there, whatever is done here. */
function ownOnly(conversation: Conversation, seconds: number): number {
  if (conversation.founding.kind !== "bridge") return seconds;
  throw new HomeportError("unsupported", "Messages to another network cannot expire: what was sent there stays there.");
}

export function requireOpen(device: Device, conversation: Conversation): void {
  if (device.isBlocked(conversation.row))
    throw new HomeportError("blocked", "You blocked this conversation. Let it in again with `homeport delete`, without --block.");
  if (conversation.founding.kind === "bridge" && conversationInfo(device, conversation.row)?.open === false)
    throw new HomeportError("closed", "This conversation was closed. Open it again with `homeport bridge open`.");
}
