import { type Command, command } from "../command.ts";
import { chatsText } from "../render/chats.ts";
import type { Shell } from "../shell.ts";

export const chatCommands = (shell: Shell): Command[] => [
  command(shell, {
    command: "chats",
    describe: "List the conversations",
    run: async (_, session) => session.answer(await session.call("chats", {}), chatsText),
  }),
];
