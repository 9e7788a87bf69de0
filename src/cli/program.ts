import yargs, { type Argv } from "yargs";
import { unmarkText } from "./arguments.ts";
import type { Command } from "./command.ts";
import { accountCommands } from "./commands/account.ts";
import { attentionCommands } from "./commands/attention.ts";
import { backupCommands } from "./commands/backup.ts";
import { bridgeCommands } from "./commands/bridge.ts";
import { chatCommands } from "./commands/chats.ts";
import { completionCommands } from "./commands/completion.ts";
import { deleteCommands } from "./commands/delete.ts";
import { deviceCommands } from "./commands/device.ts";
import { fileCommands } from "./commands/file.ts";
import { exportCommands } from "./commands/export.ts";
import { initCommands } from "./commands/init.ts";
import { noteCommands } from "./commands/notes.ts";
import { outboxCommands } from "./commands/outbox.ts";
import { readCommands } from "./commands/read.ts";
import { searchCommands } from "./commands/search.ts";
import { sendCommands } from "./commands/send.ts";
import { serviceCommands } from "./commands/service.ts";
import { startCommands } from "./commands/start.ts";
import { statusCommands } from "./commands/status.ts";
import { vaultCommands } from "./commands/vault.ts";
import { watchCommands } from "./commands/watch.ts";
import { webCommands } from "./commands/web.ts";
import { UsageError } from "./failure.ts";
import type { Globals, Shell } from "./shell.ts";

const GROUPS = [
  initCommands,
  startCommands,
  statusCommands,
  vaultCommands,
  serviceCommands,
  webCommands,
  deviceCommands,
  accountCommands,
  bridgeCommands,
  chatCommands,
  attentionCommands,
  sendCommands,
  fileCommands,
  deleteCommands,
  noteCommands,
  outboxCommands,
  readCommands,
  watchCommands,
  searchCommands,
  exportCommands,
  backupCommands,
  completionCommands,
];

/** A day, in seconds. */
const MAX_TIMEOUT = 86_400;

/** All commands. Parsing rejects with a `UsageError`, or with what the command throws. */
export function program(shell: Shell, width: number): Argv<Globals> {
  const commands: Command[] = GROUPS.flatMap((make) => make(shell));
  return (
    globals(yargs())
      .scriptName("homeport")
      .usage("$0 <command>\n\nYour own peer-to-peer messenger on your home PC, with bridges to your other networks.")
      .command(commands)
      .demandCommand(1, "A command has to follow `homeport`.")
      .strict()
      .recommendCommands()
      .parserConfiguration({ "parse-numbers": false, "parse-positional-numbers": false, "dot-notation": false })
      .epilogue("Exit: 0 done, 1 refused or failed, 2 wrong usage, 3 no daemon, 4 timed out.")
      .version(shell.version)
      .help()
      .wrap(width)
      .exitProcess(false)
      .showHelpOnFail(false)
      // What a command throws comes without a message; what yargs found wrong has one, with or without an error.
      .fail((message: string | null, error) => {
        throw message ? new UsageError(sentence(message)) : error;
      })
  );
}

function globals(parser: Argv): Argv<Globals> {
  return parser
    .locale("en")
    .option("data", { type: "string", requiresArg: true, global: true, describe: "Data folder (or HOMEPORT_DATA)" })
    .option("json", { type: "boolean", global: true, describe: "Print JSON, and nothing else" })
    .option("timeout", { type: "number", requiresArg: true, global: true, coerce: seconds, describe: "Most seconds to wait (default 60)" });
}

function seconds(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "number" || !(given > 0 && given <= MAX_TIMEOUT))
    throw new UsageError(`--timeout takes a number of seconds up to ${MAX_TIMEOUT}.`);
  return given;
}

/** One sentence out of what yargs says. */
function sentence(message: string): string {
  const text = unmarkText(message)
    .replace(/^Not enough arguments following: (.*)$/, "A value has to follow --$1")
    .replace(/^Not enough non-option arguments:.*$/, "An argument is missing")
    .trim()
    .replaceAll(/\s*\n\s*/g, " ");
  return `${text.replace(/\.$/, "")}; --help shows how it is used.`;
}
