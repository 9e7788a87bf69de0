import { type Command, command } from "../command.ts";
import { conversationOf } from "../names.ts";
import { filesText } from "../render/file.ts";
import type { Shell } from "../shell.ts";

export const fileListCommand = (shell: Shell): Command =>
  command<{ conversation: string | undefined; limit: number }>(shell, {
    command: "list [conversation]",
    describe: "List files, those of the newest message first",
    options: (yargs) =>
      yargs
        .positional("conversation", { type: "string", describe: "Only of this one: its id, or its name as `chats` shows it" })
        .option("limit", { type: "number", requiresArg: true, default: 1000, describe: "How many" }),
    async run(args, session) {
      const conversation = args.conversation === undefined ? undefined : await conversationOf(session, args.conversation);
      await session.answer(await session.call("file.list", { conversation, limit: args.limit }), filesText);
    },
  });

export const fileCancelCommand = (shell: Shell): Command =>
  command<{ file: string }>(shell, {
    command: "cancel <file>",
    describe: "Stop fetching a file, and throw away what came of it",
    options: (yargs) => yargs.positional("file", { type: "string", demandOption: true, describe: "Id of the file" }),
    async run(args, session) {
      await session.answer(await session.call("file.cancel", { file: args.file }), (row) => filesText([row]));
    },
  });
