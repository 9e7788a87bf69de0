import type { Message } from "../../api/messages.ts";
import { type Command, command } from "../command.ts";
import { UsageError } from "../failure.ts";
import { conversationOf } from "../names.ts";
import { messageText } from "../render/message.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

/** Most messages of one run, and of one call. */
const MAX_LIMIT = 100_000;
const PAGE = 500;

interface ReadArgs {
  conversation: string;
  limit: number;
  before: string | undefined;
  mark: boolean;
}

export const readCommands = (shell: Shell): Command[] => [
  command<ReadArgs>(shell, {
    command: "read <conversation>",
    describe: "Print the newest messages of a conversation, oldest first",
    options: (yargs) =>
      yargs
        .positional("conversation", { type: "string", demandOption: true, describe: "Its id, or its name as `chats` shows it" })
        .option("limit", { type: "number", requiresArg: true, default: 50, describe: "How many" })
        .option("before", { type: "string", requiresArg: true, describe: "Only what comes before the message with this id" })
        .option("mark", { type: "boolean", default: false, describe: "Set the read marker to what was printed" }),
    run: read,
  }),
];

async function read(args: ReadArgs, session: Session): Promise<void> {
  if (!Number.isInteger(args.limit) || args.limit < 1 || args.limit > MAX_LIMIT)
    throw new UsageError(`--limit takes a whole number from 1 to ${MAX_LIMIT}.`);
  const conversation = await conversationOf(session, args.conversation);
  const messages = await collect(session, conversation, args.limit, args.before);
  for (const message of messages) await session.line(message, messageText);
  const upTo = lastArrived(messages);
  if (args.mark && upTo !== undefined) await session.call("mark", { conversation, upTo: upTo.id });
}

/** Page by page, from the newest back. */
async function collect(session: Session, conversation: string, limit: number, before: string | undefined): Promise<Message[]> {
  const pages: Message[][] = [];
  for (let left = limit, from = before, more = true; left > 0 && more; ) {
    const page = await session.call("read", { conversation, limit: Math.min(PAGE, left), before: from });
    const [oldest] = page.messages;
    pages.unshift(page.messages);
    left -= page.messages.length;
    more = page.more && oldest !== undefined;
    from = oldest?.id;
  }
  return pages.flat();
}

/** The read marker follows arrival, not the place in the view (B8). */
function lastArrived(messages: readonly Message[]): Message | undefined {
  return messages.reduce<Message | undefined>((last, one) => (last === undefined || one.arrived >= last.arrived ? one : last), undefined);
}
