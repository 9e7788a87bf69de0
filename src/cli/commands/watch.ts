import { HomeportError } from "../../api/errors.ts";
import type { WatchEvent } from "../../api/messages.ts";
import { type Command, command } from "../command.ts";
import { conversationOf } from "../names.ts";
import { eventText } from "../render/message.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

interface WatchArgs {
  conversation: string | undefined;
  after: string | undefined;
}

export const watchCommands = (shell: Shell): Command[] => [
  command<WatchArgs>(shell, {
    command: "watch [conversation]",
    describe: "Print messages as they come, until it is interrupted",
    options: (yargs) =>
      yargs
        .positional("conversation", { type: "string", describe: "Only this one: its id, or its name as `chats` shows it" })
        .option("after", {
          type: "string",
          requiresArg: true,
          describe: "Go on after this cursor, which an earlier `watch --json` printed; nothing is missed",
        }),
    run: watch,
  }),
];

async function watch(args: WatchArgs, session: Session): Promise<void> {
  const conversation = args.conversation === undefined ? undefined : await conversationOf(session, args.conversation);
  let cursor = args.after;
  let started = false;
  const onEvent = async (event: WatchEvent) => {
    cursor = event.cursor;
    if (event.event !== "ready" || !started) await session.line(event, eventText);
    started = true;
  };
  while (!session.shell.signal.aborted) {
    try {
      await session.call("watch", { conversation, after: cursor }, { onEvent, fallback: Infinity });
      return;
    } catch (error) {
      if (session.shell.signal.aborted) return;
      // The daemon keeps no more than a bounded queue for us: behind it, we go on from where we are.
      if (!(error instanceof HomeportError) || error.code !== "slow-consumer" || cursor === args.after) throw error;
    }
  }
}
