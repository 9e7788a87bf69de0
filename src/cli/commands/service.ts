import { resolve } from "node:path";
import { HomeportError } from "../../api/errors.ts";
import { type Command, command, group } from "../command.ts";
import { UsageError } from "../failure.ts";
import type { ServiceResult } from "../node-entry.ts";
import { clean } from "../render/clean.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

interface PlaceArgs {
  system: boolean;
}

interface InstallArgs extends PlaceArgs {
  user: string | undefined;
  "passphrase-file": string | undefined;
  start: boolean;
}

/** Where a service of the whole system keeps its data, if not told otherwise. */
const SYSTEM_DATA = "/var/lib/homeport";

const system = {
  type: "boolean",
  default: false,
  describe: `A service of the whole system, with a user of its own and its data in ${SYSTEM_DATA}; run it as root`,
} as const;

export const serviceCommands = (shell: Shell): Command[] => [
  group("service", "Run Homeport by systemd, at every login or boot", [
    command<InstallArgs>(shell, {
      command: "install",
      describe: "Write the unit, hardened and with a watchdog, and start it",
      options: (yargs) =>
        yargs
          .option("system", system)
          .option("user", { type: "string", requiresArg: true, describe: "With --system: whom it runs as (default: homeport)" })
          .option("passphrase-file", { type: "string", requiresArg: true, describe: "File with the passphrase; without, it starts locked" })
          .option("start", { type: "boolean", default: true, describe: "Start it now; --no-start waits for the next login or boot" }),
      run: install,
    }),
    command<PlaceArgs>(shell, {
      command: "remove",
      describe: "Stop the service and take its unit away; the data stays",
      options: (yargs) => yargs.option("system", system),
      async run(args, session) {
        const removed = await session.shell.node.removeService({ ...(await placeOf(args, session)), env: session.shell.env });
        await session.answer(removed, ({ path }) => `Removed ${clean(path, "line")}; the data is untouched.`);
      },
    }),
  ]),
];

async function install(args: InstallArgs, session: Session): Promise<void> {
  if (args.user !== undefined && !args.system) throw new UsageError("--user goes with --system only.");
  if (args.user !== undefined && !/^[a-z_][a-z0-9_-]{0,31}$/.test(args.user)) throw new UsageError("--user takes the name of a user.");
  const file = args["passphrase-file"];
  const made = await session.shell.node.installService({
    ...(await placeOf(args, session)),
    user: args.user,
    passphraseFile: file === undefined ? undefined : resolve(file),
    start: args.start,
    env: session.shell.env,
  });
  await session.answer(made, installedText);
}

async function placeOf({ system: whole }: PlaceArgs, session: Session) {
  const named = (session.dataOption ?? session.shell.env.HOMEPORT_DATA) || undefined;
  if (whole && process.platform === "linux" && process.getuid?.() !== 0)
    throw new HomeportError("forbidden", "A service of the whole system is installed by root: run this with sudo.");
  return { data: whole && named === undefined ? SYSTEM_DATA : await session.data(), usual: named === undefined, system: whole };
}

const installedText = ({ path, started, notes }: ServiceResult): string =>
  [`Wrote ${clean(path, "line")}${started ? ", and started it." : "."}`, ...notes.map((note) => clean(note, "line"))].join("\n");
