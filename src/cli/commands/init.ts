import { hostname } from "node:os";
import { resolve } from "node:path";
import { type Command, command } from "../command.ts";
import { UsageError } from "../failure.ts";
import type { InitResult } from "../node-entry.ts";
import { askPassphrase } from "../passphrase.ts";
import { type RecoveryPlace, wordsToFile, wordsToTerminal } from "../recovery-words.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";
import { type VaultArgs, vaultOf, vaultOptions } from "../vault-options.ts";

interface InitArgs extends VaultArgs {
  recovery: boolean;
  "recovery-file": string | undefined;
}

export const initCommands = (shell: Shell): Command[] => [
  command<InitArgs>(shell, {
    command: "init",
    describe: "Make a new account, with this computer as its first device",
    options: (yargs) =>
      yargs
        .options(vaultOptions)
        .option("recovery", {
          type: "boolean",
          default: true,
          describe: "Make a recovery key and show its 24 words once; --no-recovery does without",
        })
        .option("recovery-file", {
          type: "string",
          requiresArg: true,
          describe: "Write the 24 words into this new file instead of the terminal",
        }),
    run: async (args, session) => session.answer(await makeProfile(session, args, await placeOf(args, session)), initText),
  }),
];

async function placeOf(args: InitArgs, session: Session): Promise<RecoveryPlace | undefined> {
  const file = args["recovery-file"];
  if (!args.recovery && file !== undefined) throw new UsageError("--no-recovery and --recovery-file exclude each other.");
  if (!args.recovery) return undefined;
  return file === undefined ? wordsToTerminal(session.shell.terminal) : wordsToFile(resolve(file));
}

/** Without a `place` there is no recovery key. */
export async function makeProfile(session: Session, args: VaultArgs, place: RecoveryPlace | undefined): Promise<InitResult> {
  const { node, terminal } = session.shell;
  try {
    const { protects, ...made } = await node.initProfile({
      data: await session.data(),
      name: args.name ?? hostname(),
      vault: vaultOf(args),
      passphrase: askPassphrase(terminal, args["passphrase-file"], true),
      showRecovery: place && ((words) => place.show(words)),
    });
    if (protects !== undefined) await session.note(protects);
    return made;
  } catch (error) {
    await place?.undo();
    throw error;
  }
}

const initText = ({ account, device, fingerprint }: InitResult): string =>
  `Made account ${account}\nThis device: ${device}\nIts fingerprint: ${fingerprint}\nStart it with \`homeport start\`.`;
