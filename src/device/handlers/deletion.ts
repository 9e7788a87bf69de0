import type { Handlers } from "../../api/methods.ts";
import { KIND } from "../../sync/content/kinds.ts";
import type { Conversation, StoredEntry } from "../../sync/core.ts";
import { dropLate, keepLate, lateMessages } from "../../sync/cuts/late.ts";
import { deleteConversation, deleteEntries } from "../../sync/deletion/delete.ts";
import { HomeportError } from "../../sync/errors.ts";
import { isShown } from "../../sync/log/place.ts";
import { conversationText } from "../../sync/log/public-id.ts";
import type { HandlerContext } from "../context.ts";
import { findConversation, findDevice, findMessage } from "../lookup.ts";
import { deliveryOf } from "../views/delivery.ts";
import { conversationInfo } from "../views/newest.ts";

type DeletionMethods = "message.delete" | "chat.delete" | "late" | "late.keep" | "late.drop";

export function deletionHandlers({ device }: HandlerContext): Pick<Handlers, DeletionMethods> {
  const late = (key: Uint8Array) => lateMessages(device, device, key);
  const decide = (id: string, act: typeof keepLate): number => {
    const { key, state } = findDevice(device, id);
    if (state !== "revoked") throw new HomeportError("not-allowed", "That device is not revoked: nothing of it is held back.");
    const count = late(key).reduce((sum, row) => sum + row.count, 0);
    if (count > 0) device.transact((writer) => act(device, writer, key));
    return count;
  };
  const keptBy = (entry: StoredEntry): string | null => {
    const founding = device.conversation(entry.conversationRow)?.founding;
    if (founding?.kind !== "bridge") return null;
    if (entry.kind !== KIND.text) return founding.network;
    // What was not handed over yet is not sent any more.
    const { state } = deliveryOf(device, entry);
    return state === "failed" || state === "queued" ? null : founding.network;
  };
  return {
    async "message.delete"({ messages }) {
      const entries = messages.map((id) => {
        const entry = findMessage(device, id);
        if (!isShown(entry.kind)) throw new HomeportError("not-found", "That is no message.");
        return entry;
      });
      const rows = entries.map((entry, n) => ({ id: messages[n] as string, network: keptBy(entry) }));
      device.transact((writer) => deleteEntries(writer, entries));
      return rows;
    },

    async "chat.delete"({ conversation: id, later }) {
      const conversation = findConversation(device, id);
      if (later === "block" && conversation.founding.kind === "self")
        throw new HomeportError("not-allowed", "Notes to yourself cannot be blocked. Delete them without --block.");
      device.transact((writer) => deleteConversation(writer, device.cuts, conversation, later));
      return { conversation: id, later };
    },

    async late({ device: id }) {
      return late(findDevice(device, id).key).map(({ conversation, ...row }) => ({
        conversation: conversationText(conversation.id),
        name: nameOf(conversation),
        ...row,
      }));
    },

    async "late.keep"({ device: id }) {
      return { device: id, kept: decide(id, keepLate) };
    },

    async "late.drop"({ device: id }) {
      return { device: id, dropped: decide(id, dropLate) };
    },
  };

  function nameOf({ founding, row }: Conversation): string {
    return founding.kind === "self" ? "Note to self" : (conversationInfo(device, row)?.name ?? "");
  }
}
