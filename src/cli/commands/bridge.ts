import { HomeportError } from "../../api/errors.ts";
import { type Command, command, group } from "../command.ts";
import { readStdin, withoutLastBreak } from "../input.ts";
import { bridgeAccountOf, conversationOf } from "../names.ts";
import { answerText, bridgesText, bridgeText, commandsText, membersText, networksText } from "../render/bridge.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";
import { addCommand } from "./bridge-add.ts";

interface AccountArgs {
  account: string;
}

interface OpenArgs extends AccountArgs {
  target: string;
  wait: boolean;
}

interface NetworkCommandArgs extends AccountArgs {
  name: string;
  words: string[];
  in: string | undefined;
}

interface ConversationArgs {
  conversation: string;
}

export const bridgeCommands = (shell: Shell): Command[] => [
  group("bridge", "Connect other networks", [
    command(shell, {
      command: "networks",
      describe: "List the networks, and what an account on each needs",
      run: async (_, session) => session.answer(await session.call("bridge.networks", {}), networksText),
    }),
    addCommand(shell),
    command(shell, {
      command: "list",
      describe: "List the accounts and how they are",
      run: async (_, session) => session.answer(await session.call("bridge.list", {}), bridgesText),
    }),
    openCommand(shell),
    onConversation(shell, "close", "Leave a conversation; its history stays", async (conversation, session) =>
      session.answer(await session.call("bridge.close", { conversation }), () => "Closed."),
    ),
    onConversation(shell, "members", "List who is in a conversation", async (conversation, session) =>
      session.answer(await session.call("bridge.members", { conversation }), membersText),
    ),
    networkCommand(shell),
    onAccount(shell, "commands", "List what an account's network can do beside messages", async (account, session) =>
      session.answer(await session.call("bridge.commands", { account }), commandsText),
    ),
    onAccount(shell, "remove", "Remove an account and its secrets; its history stays", async (account, session) =>
      session.answer(await session.call("bridge.remove", { account }), () => "Removed."),
    ),
    startCommand(shell),
  ]),
];

const openCommand = (shell: Shell): Command =>
  command<OpenArgs>(shell, {
    command: "open <account> <target>",
    describe: "Open a conversation, e.g. a channel or a person",
    options: (yargs) =>
      yargs
        .positional("account", { type: "string", demandOption: true, describe: "Its id, or its name as `bridge list` shows it" })
        .positional("target", { type: "string", demandOption: true, describe: "Its name on the network, e.g. '#channel'" })
        .option("wait", { type: "boolean", default: false, describe: "Wait until the network took it" }),
    async run({ account, target, wait }, session) {
      if (target === "") throw new HomeportError("invalid-params", "Name what to open, e.g. '#channel'.");
      const opened = await session.call("bridge.open", { account: await bridgeAccountOf(session, account), target, wait });
      await session.answer(opened, ({ conversation }) => `Opened ${conversation}`);
    },
  });

const networkCommand = (shell: Shell): Command =>
  command<NetworkCommandArgs>(shell, {
    command: "command <account> <name> [words..]",
    describe: "Ask the network for something beside messages, e.g. whois; `bridge commands` lists what there is",
    options: (yargs) =>
      yargs
        .positional("account", { type: "string", demandOption: true, describe: "Its id, or its name as `bridge list` shows it" })
        .positional("name", { type: "string", demandOption: true, describe: "The command, e.g. whois" })
        .positional("words", {
          type: "string",
          array: true,
          default: [],
          describe: "What follows it; `-` reads a line from standard input",
        })
        .option("in", { type: "string", describe: "The conversation that it is about" }),
    async run({ account, name, words, in: place }, session) {
      const conversation = place === undefined ? {} : { conversation: await conversationOf(session, place) };
      const args = words.length === 1 && words[0] === "-" ? withoutLastBreak(await readStdin(session.shell.stdin)) : words.join(" ");
      const asked = { account: await bridgeAccountOf(session, account), name, args, ...conversation };
      await session.answer(await session.call("bridge.command", asked), answerText);
    },
  });

const startCommand = (shell: Shell): Command =>
  command<AccountArgs & { here: boolean }>(shell, {
    command: "start <account>",
    describe: "Start an account again after a quarantine or a back-off",
    options: (yargs) =>
      yargs
        .positional("account", { type: "string", demandOption: true, describe: "Its id, or its name as `bridge list` shows it" })
        .option("here", {
          type: "boolean",
          default: false,
          describe: "Run it on this device from now on, after its backup was restored here; the other one lets go of it",
        }),
    run: async ({ account, here }, session) =>
      session.answer(await session.call("bridge.start", { account: await bridgeAccountOf(session, account), here }), bridgeText),
  });

const onAccount = (shell: Shell, word: string, describe: string, run: (account: string, session: Session) => Promise<void>): Command =>
  command<AccountArgs>(shell, {
    command: `${word} <account>`,
    describe,
    options: (yargs) =>
      yargs.positional("account", { type: "string", demandOption: true, describe: "Its id, or its name as `bridge list` shows it" }),
    run: async ({ account }, session) => run(await bridgeAccountOf(session, account), session),
  });

const onConversation = (
  shell: Shell,
  word: string,
  describe: string,
  run: (conversation: string, session: Session) => Promise<void>,
): Command =>
  command<ConversationArgs>(shell, {
    command: `${word} <conversation>`,
    describe,
    options: (yargs) =>
      yargs.positional("conversation", { type: "string", demandOption: true, describe: "Its id, or its name as `chats` shows it" }),
    run: async ({ conversation }, session) => run(await conversationOf(session, conversation), session),
  });
