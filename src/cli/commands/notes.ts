import { type Command, command } from "../command.ts";
import { UsageError } from "../failure.ts";
import { readStdin, withoutLastBreak } from "../input.ts";
import { conversationOf } from "../names.ts";
import type { Shell } from "../shell.ts";
import { sentText, settle } from "../sent.ts";

interface EditArgs {
  message: string;
  text: string;
  wait: boolean;
}
interface ReactArgs {
  message: string;
  emoji: string;
  remove: boolean;
  wait: boolean;
}
interface PinArgs {
  what: string;
}

const MESSAGE = { type: "string", demandOption: true, describe: "Id of the message, as `read` shows it" } as const;
const WAIT = { type: "boolean", default: false, describe: "Wait until it is sent or delivered, in doubt or failed" } as const;

export const noteCommands = (shell: Shell): Command[] => [
  command<EditArgs>(shell, {
    command: "edit <message> <text>",
    describe: "Give a message of yours another text",
    options: (yargs) =>
      yargs
        .positional("message", MESSAGE)
        .positional("text", { type: "string", demandOption: true, describe: "The new text; - reads it from stdin" })
        .option("wait", WAIT),
    run: async (args, session) => {
      const text = args.text === "-" ? withoutLastBreak(await readStdin(session.shell.stdin)) : args.text;
      if (text === "") throw new UsageError("The new text is empty.");
      const sent = await session.call("edit", { message: args.message, text });
      await (args.wait ? settle(session, sent) : session.answer(sent, sentText));
    },
  }),
  command<ReactArgs>(shell, {
    command: "react <message> <emoji>",
    describe: "React to a message with an emoji",
    options: (yargs) =>
      yargs
        .positional("message", MESSAGE)
        .positional("emoji", { type: "string", demandOption: true, describe: "The emoji" })
        .option("remove", { type: "boolean", default: false, describe: "Take it back" })
        .option("wait", WAIT),
    run: async ({ message, emoji, remove, wait }, session) => {
      const sent = await session.call("react", { message, emoji, on: !remove });
      await (wait ? settle(session, sent) : session.answer(sent, sentText));
    },
  }),
  pinning(shell, "pin", "Pin a message in its conversation, or a conversation at the top of the list", true),
  pinning(shell, "unpin", "Unpin a message or a conversation", false),
];

const pinning = (shell: Shell, word: string, describe: string, on: boolean): Command =>
  command<PinArgs>(shell, {
    command: `${word} <what>`,
    describe,
    options: (yargs) =>
      yargs.positional("what", { type: "string", demandOption: true, describe: "Id of a message, or id or name of a conversation" }),
    run: async ({ what }, session) => {
      const pinned = what.startsWith("msg_")
        ? await session.call("message.pin", { message: what, on })
        : await session.call("chat.pin", { conversation: await conversationOf(session, what), on });
      await session.answer(pinned, (row) => (row.pinned ? "pinned" : "not pinned"));
    },
  });
