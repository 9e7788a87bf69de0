import type { HandlerContext } from "../context.ts";
import { nameOfDevice } from "../lookup.ts";
import type { ChatContext } from "../views/chats.ts";

/** What the views need of the device beside its log. */
export function viewContext(context: HandlerContext): ChatContext {
  const { device, board } = context;
  return {
    reader: device,
    files: context.files,
    nameOf: (key) => nameOfDevice(device, key),
    liveLabel: (row) => {
      const conversation = device.conversation(row);
      return (conversation && board.liveLabel(conversation)) ?? "plaintext";
    },
    labelNow: (conversation) => board.liveLabel(conversation),
  };
}
