import { type Command, command } from "../command.ts";
import { UsageError } from "../failure.ts";
import { conversationOf } from "../names.ts";
import { deletedText } from "../render/deletion.ts";
import type { Shell } from "../shell.ts";

interface DeleteArgs {
  what: string[];
  block: boolean;
}

const isMessage = (given: string): boolean => given.startsWith("msg_");

export const deleteCommands = (shell: Shell): Command[] => [
  command<DeleteArgs>(shell, {
    command: "delete <what..>",
    describe: "Delete messages, or everything in a conversation, on all your devices and for ever",
    options: (yargs) =>
      yargs
        .positional("what", {
          type: "string",
          array: true,
          demandOption: true,
          describe: "Ids of messages, as `read` shows them, or the id or name of one conversation",
        })
        .option("block", { type: "boolean", default: false, describe: "Let nothing of the conversation in any more" }),
    run: async ({ what, block }, session) => {
      if (what.every(isMessage)) {
        if (block) throw new UsageError("--block goes with a conversation, not with messages.");
        return session.answer(await session.call("message.delete", { messages: what }), deletedText);
      }
      const [chat] = what;
      if (what.length > 1 || chat === undefined) throw new UsageError("Give ids of messages, or one conversation.");
      const conversation = await conversationOf(session, chat);
      const deleted = await session.call("chat.delete", { conversation, later: block ? "block" : "reopen" });
      return session.answer(deleted, ({ later }) => (later === "block" ? BLOCKED : OPEN));
    },
  }),
];

const OPEN = "Deleted on all your devices. A later message shows the conversation again.";
const BLOCKED = "Deleted on all your devices. Nothing of it comes in any more, until you delete it again without --block.";
