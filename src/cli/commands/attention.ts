import type { IgnoredRow } from "../../api/chats.ts";
import { type Command, command } from "../command.ts";
import { UsageError } from "../failure.ts";
import { conversationOf } from "../names.ts";
import { clean } from "../render/clean.ts";
import { columns } from "../render/columns.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

interface HighlightArgs {
  words: string[] | undefined;
  clear: boolean;
}
interface IgnoreArgs {
  who: string | undefined;
  account: string | undefined;
  remove: boolean;
}
interface TopicArgs {
  conversation: string;
  topic: string;
}

export const attentionCommands = (shell: Shell): Command[] => [
  command<HighlightArgs>(shell, {
    command: "highlights [words..]",
    describe: "Print or set the words that count as naming you, beside your own nick",
    options: (yargs) =>
      yargs
        .positional("words", { type: "string", array: true, describe: "The words from now on; they replace those before" })
        .option("clear", { type: "boolean", default: false, describe: "None any more" }),
    run: async ({ words = [], clear }, session) => {
      if (clear && words.length > 0) throw new UsageError("Give words, or --clear.");
      const given = clear ? [] : words.length > 0 ? words.map(String) : undefined;
      await session.answer(await session.call("highlights", given === undefined ? {} : { words: given }), (row) =>
        row.words.length === 0 ? "none" : row.words.map((word) => clean(word, "line")).join("\n"),
      );
    },
  }),
  command<IgnoreArgs>(shell, {
    command: "ignore [who]",
    describe: "Print whom you ignore, or ignore a person of another network: folded away and not counted",
    options: (yargs) =>
      yargs
        .positional("who", { type: "string", describe: "As `from.id` of a message; on IRC the nick" })
        .option("account", { type: "string", requiresArg: true, describe: "Account of the network" })
        .option("remove", { type: "boolean", default: false, describe: "No longer" }),
    run: ignore,
  }),
  command<TopicArgs>(shell, {
    command: "topic <conversation> <topic>",
    describe: "Change the topic of a conversation on its network",
    options: (yargs) =>
      yargs
        .positional("conversation", { type: "string", demandOption: true, describe: "Its id, or its name as `chats` shows it" })
        .positional("topic", { type: "string", demandOption: true, describe: "The new topic" }),
    run: async ({ conversation, topic }, session) =>
      session.answer(
        await session.call("chat.topic", { conversation: await conversationOf(session, conversation), topic }),
        () => "asked for",
      ),
  }),
  command(shell, {
    command: "mark-all",
    describe: "Mark all conversations as read",
    run: async (_, session) =>
      session.answer(await session.call("chats.mark", {}), ({ marked }) => `${marked} conversations marked as read`),
  }),
];

async function ignore({ who, account, remove }: IgnoreArgs, session: Session): Promise<void> {
  if (who === undefined) return session.answer(await session.call("ignore.list", {}), ignoredText);
  if (account === undefined) throw new UsageError("Say on which account, by --account; `homeport bridge list` lists them.");
  const row = await session.call("ignore.set", { account, user: who, on: !remove });
  return session.answer(row, ({ ignored }) => (ignored ? "ignored" : "not ignored"));
}

function ignoredText(rows: readonly IgnoredRow[]): string {
  return rows.length === 0 ? "nobody" : columns(rows.map(({ account, user, name }) => [account, clean(user, "line"), clean(name, "line")]));
}
