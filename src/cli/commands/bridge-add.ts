import type { NetworkField, NetworkRow } from "../../api/bridges.ts";
import { HomeportError } from "../../api/errors.ts";
import { type Command, command } from "../command.ts";
import { readStdin, readText } from "../input.ts";
import { deviceOf } from "../names.ts";
import { clean } from "../render/clean.ts";
import type { Session } from "../session.ts";
import { parseAssignments, resolveSettings } from "../settings.ts";
import type { Shell } from "../shell.ts";

interface AddArgs {
  network: string;
  set: string[];
  secret: string[];
  device: string | undefined;
  wait: boolean;
}

export const addCommand = (shell: Shell): Command =>
  command<AddArgs>(shell, {
    command: "add <network>",
    describe: "Add an account on a network",
    options: (yargs) =>
      yargs
        .positional("network", { type: "string", demandOption: true, describe: "As `bridge networks` lists it, e.g. irc" })
        .option("set", {
          type: "string",
          array: true,
          requiresArg: true,
          default: [],
          describe: "KEY=VALUE, or KEY=@FILE for a file's content; a value that begins with @ is written with two",
        })
        .option("secret", {
          type: "string",
          array: true,
          requiresArg: true,
          default: [],
          describe: "KEY=@FILE, KEY=@- for stdin, or KEY to be asked for it",
        })
        .option("device", { type: "string", requiresArg: true, describe: "Your device that hosts it (default: the one of this daemon)" })
        .option("wait", { type: "boolean", default: false, describe: "Wait until it is online" }),
    run: add,
  });

async function add(args: AddArgs, session: Session): Promise<void> {
  const given = parseAssignments(args.set, args.secret);
  const network = await networkOf(session, args.network);
  const settings = await resolveSettings(network, given, { read: (file) => read(file, session), ask: asker(session) });
  const device = args.device === undefined ? undefined : await deviceOf(session, args.device);
  const added = await session.call("bridge.add", { network: network.network, settings, device });
  // Printed in every case: the account is there, whether it comes online in time or not.
  try {
    if (args.wait) await session.call("bridge.wait", { account: added.account });
  } finally {
    await session.answer(added, ({ account }) => `Added ${account}`);
  }
}

async function networkOf(session: Session, given: string): Promise<NetworkRow> {
  const found = (await session.call("bridge.networks", {})).find(({ network }) => network === given);
  if (found !== undefined) return found;
  throw new HomeportError("not-found", `There is no bridge to ${clean(given, "line")}; \`homeport bridge networks\` lists them.`);
}

const read = (file: string, session: Session): Promise<string> => (file === "-" ? readStdin(session.shell.stdin) : readText(file));

function asker({ shell: { terminal } }: Session): ((field: NetworkField) => Promise<string>) | undefined {
  if (!terminal.interactive) return undefined;
  return async (field) => {
    const typed = await terminal.secret(`${field.id} (${clean(field.help, "line")})`);
    return new TextDecoder().decode(typed);
  };
}
