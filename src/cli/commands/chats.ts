import type { Result } from "../../api/methods.ts";
import { type Command, command } from "../command.ts";
import { momentOf } from "../duration.ts";
import { UsageError } from "../failure.ts";
import { readStdin, withoutLastBreak } from "../input.ts";
import { conversationOf } from "../names.ts";
import { chatsText } from "../render/chats.ts";
import { clean } from "../render/clean.ts";
import { timeText } from "../render/time.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

interface ChatArgs {
  conversation: string;
}
interface MuteArgs extends ChatArgs {
  until: string | undefined;
}
interface DraftArgs extends ChatArgs {
  text: string | undefined;
  "reply-to": string | undefined;
}
interface RetentionArgs extends ChatArgs {
  days: string | undefined;
}

const NAMED = { type: "string", demandOption: true, describe: "Its id, or its name as `chats` shows it" } as const;

export const chatCommands = (shell: Shell): Command[] => [
  command(shell, {
    command: "chats",
    describe: "List the conversations",
    run: async (_, session) => session.answer(await session.call("chats", {}), chatsText),
  }),
  command<MuteArgs>(shell, {
    command: "mute <conversation>",
    describe: "No notices of a conversation",
    options: (yargs) =>
      yargs
        .positional("conversation", NAMED)
        .option("until", { type: "string", requiresArg: true, describe: "Only for so long, e.g. 2h or 7d, or until a date" }),
    run: async ({ conversation, until }, session) => {
      const end = until === undefined ? undefined : momentOf(until, "--until", Date.now());
      const muted = await session.call("chat.mute", { conversation: await conversationOf(session, conversation), on: true, until: end });
      await session.answer(muted, muteText);
    },
  }),
  command<ChatArgs>(shell, {
    command: "unmute <conversation>",
    describe: "Notices of a conversation again",
    options: (yargs) => yargs.positional("conversation", NAMED),
    run: async ({ conversation }, session) =>
      session.answer(await session.call("chat.mute", { conversation: await conversationOf(session, conversation), on: false }), muteText),
  }),
  archiving(shell, "archive", "Put a conversation away, at the end of the list", true),
  archiving(shell, "unarchive", "Take a conversation back from the archive", false),
  command<DraftArgs>(shell, {
    command: "draft <conversation> [text]",
    describe: "Print what is being written in a conversation, or keep it on all devices",
    options: (yargs) =>
      yargs
        .positional("conversation", NAMED)
        .positional("text", { type: "string", describe: "The text; - reads it from stdin, and an empty one clears the draft" })
        .option("reply-to", { type: "string", requiresArg: true, describe: "Id of the message that it will answer" }),
    run: draft,
  }),
  command<RetentionArgs>(shell, {
    command: "retention <conversation> [days]",
    describe: "Print or set how long the messages of a conversation are kept",
    options: (yargs) =>
      yargs.positional("conversation", NAMED).positional("days", { type: "string", describe: "Number of days, or off to keep them" }),
    run: async (args, session) => {
      const days = daysOf(args.days);
      const conversation = await conversationOf(session, args.conversation);
      await session.answer(await session.call("chat.retention", { conversation, days }), retentionText);
    },
  }),
];

const archiving = (shell: Shell, word: string, describe: string, on: boolean): Command =>
  command<ChatArgs>(shell, {
    command: `${word} <conversation>`,
    describe,
    options: (yargs) => yargs.positional("conversation", NAMED),
    run: async ({ conversation }, session) =>
      session.answer(
        await session.call("chat.archive", { conversation: await conversationOf(session, conversation), on }),
        ({ archived }) => (archived ? "archived" : "not archived"),
      ),
  });

async function draft(args: DraftArgs, session: Session): Promise<void> {
  if (args.text === undefined && args["reply-to"] !== undefined) throw new UsageError("--reply-to goes with a text.");
  const text = args.text === "-" ? withoutLastBreak(await readStdin(session.shell.stdin)) : args.text;
  const conversation = await conversationOf(session, args.conversation);
  const kept =
    text === undefined
      ? await session.call("draft.get", { conversation })
      : await session.call("draft.set", { conversation, text, replyTo: args["reply-to"] });
  await session.answer(kept, (shown) => clean(shown.text, "block"));
}

function daysOf(given: string | undefined): number | null | undefined {
  if (given === undefined) return undefined;
  if (given === "off") return null;
  if (!/^[1-9]\d{0,4}$/.test(given)) throw new UsageError("How long messages are kept is a number of days, or off.");
  return Number(given);
}

function muteText({ muted, until }: Result<"chat.mute">): string {
  if (!muted) return "not muted";
  return until === undefined ? "muted" : `muted until ${timeText(until)}`;
}

function retentionText({ days }: Result<"chat.retention">): string {
  return days === null ? "messages are kept" : `messages go after ${days} ${days === 1 ? "day" : "days"}`;
}
