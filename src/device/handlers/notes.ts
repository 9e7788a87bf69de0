import type { Handlers } from "../../api/methods.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { textSchema } from "../../sync/content/text.ts";
import type { Conversation, StoredEntry } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { HomeportError } from "../../sync/errors.ts";
import { isShown } from "../../sync/log/place.ts";
import { messageText } from "../../sync/log/public-id.ts";
import type { HandlerContext } from "../context.ts";
import { findMessage } from "../lookup.ts";
import { stateOfEntry } from "../views/delivery.ts";
import { conversationInfo } from "../views/newest.ts";
import { refOf } from "../views/referred.ts";
import { requireOpen } from "./messages.ts";

/** What is said about a message that is there: by edits, reactions and pins. */
export function noteHandlers(context: HandlerContext): Pick<Handlers, "edit" | "react" | "message.pin"> {
  const { device } = context;
  const find = (id: string): { message: StoredEntry; conversation: Conversation } => {
    const message = findMessage(device, id);
    const conversation = device.conversation(message.conversationRow);
    if (!conversation || !isShown(message.kind)) throw new HomeportError("not-found", "That is no message.");
    requireOpen(device, conversation);
    return { message, conversation };
  };
  const say = (message: StoredEntry, kind: number, body: { [key: string]: Cbor }) => {
    const entry = device.transact((writer) => writer.append(message.conversationRow, kind, { target: { ...refOf(message) }, ...body }));
    return { id: messageText(entry), state: stateOfEntry(device, entry) };
  };
  /** What the network of the conversation can do, as the device that hosts the bridge said. */
  const require = (conversation: Conversation, what: "edit" | "reactions") => {
    if (conversation.founding.kind !== "bridge") return;
    const level = conversationInfo(device, conversation.row)?.can?.[what] ?? -2;
    if (level < 1) throw new HomeportError("unsupported", `${NOT_THERE[what]} in conversations of ${conversation.founding.network}.`);
  };
  return {
    async edit({ message: id, text }) {
      const { message, conversation } = find(id);
      if (message.kind !== KIND.text) throw new HomeportError("not-yours", "Only the author of a message can edit it.");
      if (!textSchema.safeParse(device.body(message.row)).success)
        throw new HomeportError("not-found", "The text of that message is gone.");
      require(conversation, "edit");
      return say(message, KIND.edit, { text });
    },

    async react({ message: id, emoji, on }) {
      const { message, conversation } = find(id);
      require(conversation, "reactions");
      return say(message, KIND.reaction, { emoji: emoji.normalize("NFC"), on });
    },

    async "message.pin"({ message: id, on }) {
      const { message } = find(id);
      say(message, KIND.pinMessage, { on });
      return { id, pinned: on };
    },
  };
}

const NOT_THERE = { edit: "Messages cannot be edited", reactions: "There are no reactions" } as const;
