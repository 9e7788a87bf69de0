import { type Command, command } from "../command.ts";
import { outboxText } from "../render/outbox.ts";
import type { Shell } from "../shell.ts";

interface OutboxArgs {
  id: string;
}

export const outboxCommands = (shell: Shell): Command[] => [
  {
    command: "outbox",
    describe: "List the messages that are in doubt, and decide about them",
    builder: (yargs) =>
      yargs.command([
        command(shell, {
          command: ["$0", "list"],
          describe: "List the messages that are in doubt",
          run: async (_, session) => session.answer(await session.call("outbox.list", {}), outboxText),
        }),
        decision(shell, "resend", "Send it again; if it had arrived, it is there twice"),
        decision(shell, "settle", "Hold it to be sent"),
      ]),
    handler: () => undefined,
  },
];

const decision = (shell: Shell, word: "resend" | "settle", describe: string): Command =>
  command<OutboxArgs>(shell, {
    command: `${word} <id>`,
    describe,
    options: (yargs) => yargs.positional("id", { type: "string", demandOption: true, describe: "Id of the message, as `outbox` shows it" }),
    run: async ({ id }, session) => session.answer(await session.call(`outbox.${word}`, { id }), (row) => `${row.id}  ${row.state}`),
  });
