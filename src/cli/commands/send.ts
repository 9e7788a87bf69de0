import { LABELS, type SecurityLabel } from "../../security-labels/index.ts";
import { type Command, command } from "../command.ts";
import { durationOf } from "../duration.ts";
import { UsageError } from "../failure.ts";
import { readStdin, withoutLastBreak } from "../input.ts";
import { conversationOf } from "../names.ts";
import { sentText, settle } from "../sent.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

const STYLES = ["text", "action", "notice"] as const;

interface SendArgs {
  conversation: string;
  text: string;
  style: (typeof STYLES)[number];
  "min-label": SecurityLabel | undefined;
  "reply-to": string | undefined;
  expires: string | undefined;
  wait: boolean;
}

export const sendCommands = (shell: Shell): Command[] => [
  command<SendArgs>(shell, {
    command: "send <conversation> <text>",
    describe: "Send a message",
    options: (yargs) =>
      yargs
        .positional("conversation", { type: "string", demandOption: true, describe: "Its id, or its name as `chats` shows it" })
        .positional("text", {
          type: "string",
          demandOption: true,
          describe: "The text; - reads it from stdin, and after -- it may begin with a hyphen",
        })
        .option("style", { choices: STYLES, default: "text" as const, describe: "How it is said" })
        .option("min-label", { choices: LABELS, describe: "Do not send it under a worse security label than this" })
        .option("reply-to", { type: "string", requiresArg: true, describe: "Id of the message that it answers" })
        .option("expires", { type: "string", requiresArg: true, describe: "It goes from every device after this time, e.g. 90s, 2h or 7d" })
        .option("wait", { type: "boolean", default: false, describe: "Wait until it is sent or delivered, in doubt or failed" }),
    run: send,
  }),
];

async function send(args: SendArgs, session: Session): Promise<void> {
  const text = args.text === "-" ? withoutLastBreak(await readStdin(session.shell.stdin)) : args.text;
  if (text === "") throw new UsageError("There is nothing to send: the text is empty.");
  const conversation = await conversationOf(session, args.conversation);
  const sent = await session.call("send", {
    conversation,
    text,
    style: args.style,
    minLabel: args["min-label"],
    replyTo: args["reply-to"],
    expires: args.expires === undefined ? undefined : durationOf(args.expires, "--expires"),
  });
  if (args.wait) await settle(session, sent);
  else await session.answer(sent, sentText);
}
