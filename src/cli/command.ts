import type { Argv, CommandModule } from "yargs";
import { unprotect } from "./arguments.ts";
import { Session } from "./session.ts";
import type { Globals, Shell } from "./shell.ts";

export interface CommandSpec<A> {
  command: string | string[];
  describe: string;
  options?(yargs: Argv<Globals>): Argv<Globals & A>;
  run(args: Globals & A, session: Session): Promise<void>;
}

export type Command = CommandModule<Globals, Globals>;

/** A command that runs in a session of its own. */
export function command<A = object>(shell: Shell, spec: CommandSpec<A>): Command {
  const made: CommandModule<Globals, Globals & A> = {
    command: spec.command,
    describe: spec.describe,
    builder: (yargs) => (spec.options ? spec.options(yargs) : (yargs as Argv<Globals & A>)),
    async handler(given) {
      const args = unprotect(given) as Globals & A;
      const session = new Session(shell, args);
      try {
        await spec.run(args, session);
      } finally {
        await session.close();
      }
    },
  };
  return made as Command;
}

/** Commands under a word, e.g. `device list`. */
export function group(word: string, describe: string, commands: Command[]): Command {
  return {
    command: `${word} <command>`,
    describe,
    builder: (yargs) => yargs.command(commands).demandCommand(1, `A command has to follow \`${word}\`.`),
    handler: () => undefined,
  };
}
