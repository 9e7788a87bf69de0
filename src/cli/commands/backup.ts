import { hostname } from "node:os";
import { resolve } from "node:path";
import type { BackupRow, MadeBackup } from "../../api/backup.ts";
import { HomeportError } from "../../api/errors.ts";
import { type Command, command, group } from "../command.ts";
import { UsageError } from "../failure.ts";
import { readBytes, readStdin } from "../input.ts";
import { LINK_LIFE } from "../linking.ts";
import type { BackupSecret, RestoreResult, VerifiedBackup } from "../node-entry.ts";
import { askPassphrase } from "../passphrase.ts";
import { clean } from "../render/clean.ts";
import { sizeText, timeText } from "../render/time.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";
import { type VaultArgs, vaultOf, vaultOptions } from "../vault-options.ts";

/** A large log on a slow disk. In seconds. */
const PATIENCE = 3600;

interface FileArgs {
  file: string;
}
interface CreateArgs {
  file: string | undefined;
  "passphrase-file": string | undefined;
  files: boolean;
}
interface SecretArgs {
  "words-file": string | undefined;
  "backup-passphrase-file": string | undefined;
}
interface RestoreArgs extends FileArgs, SecretArgs, VaultArgs {
  join: string | undefined;
}

const secretOptions = {
  "words-file": { type: "string", requiresArg: true, describe: "File with the 24 recovery words" },
  "backup-passphrase-file": { type: "string", requiresArg: true, describe: "File with the passphrase of the backup" },
} as const;

export const backupCommands = (shell: Shell): Command[] => [
  group("backup", "Make, check and restore backups", [
    createCommand(shell),
    listCommand(shell),
    verifyCommand(shell),
    restoreCommand(shell),
  ]),
];

const createCommand = (shell: Shell): Command =>
  command<CreateArgs>(shell, {
    command: "create [file]",
    describe: "Write everything but this device's keys into an encrypted file, which the recovery words open",
    options: (yargs) =>
      yargs
        .positional("file", { type: "string", describe: "A new file (default: a name of its own in the folder of the schedule)" })
        .option("passphrase-file", { type: "string", requiresArg: true, describe: "File with a passphrase that opens it as well" })
        .option("files", { type: "boolean", default: false, describe: "With the content of the files that are on this device" }),
    async run(args, session) {
      const asked = { ...paths({ file: args.file, passphraseFile: args["passphrase-file"] }), files: args.files };
      const made = await session.call("backup.create", asked, { fallback: PATIENCE });
      await session.answer(made, madeText);
    },
  });

const listCommand = (shell: Shell): Command =>
  command<{ folder: string | undefined }>(shell, {
    command: "list",
    describe: "List the backups of this account in a folder, newest first",
    options: (yargs) => yargs.option("folder", { type: "string", requiresArg: true, describe: "Default: that of the schedule" }),
    async run({ folder }, session) {
      const listed = await session.call("backup.list", paths({ folder }));
      await session.answer(listed, ({ backups, folder: where }) =>
        backups.length === 0 ? `There is none in ${clean(where, "line")}.` : backups.map(rowText).join("\n"),
      );
      if (listed.failed)
        await session.note(`The last one failed at ${timeText(listed.failed.at)}: ${clean(listed.failed.message, "line")}`);
    },
  });

const verifyCommand = (shell: Shell): Command =>
  command<FileArgs & SecretArgs>(shell, {
    command: "verify <file>",
    describe: "Read all of a backup: finds damage, and with its words or passphrase also whether anybody changed it",
    options: (yargs) => yargs.positional("file", { type: "string", demandOption: true }).options(secretOptions),
    async run(args, session) {
      await session.answer(await shell.node.verifyBackup(resolve(args.file), await secretOf(args, shell)), verifiedText);
    },
  });

const restoreCommand = (shell: Shell): Command =>
  command<RestoreArgs>(shell, {
    command: "restore <file>",
    describe: "Make this a new device of the account with what the backup holds; `start` comes next",
    options: (yargs) =>
      yargs
        .positional("file", { type: "string", demandOption: true })
        .options(secretOptions)
        .option("join", {
          type: "string",
          requiresArg: true,
          describe: "Link of another device that lets this one in (`device link` there); - reads it from stdin",
        })
        .options(vaultOptions),
    run: restore,
  });

async function restore(args: RestoreArgs, session: Session): Promise<void> {
  const { shell } = session;
  const link = args.join === "-" ? (await readStdin(shell.stdin)).trim() : args.join;
  const secret = (await secretOf(args, shell)) ?? (await typedWords(session));
  const deadline = new AbortController();
  const late = () => deadline.abort(new HomeportError("timed-out", "The other device did not let this one in in time; nothing was made."));
  const timer = link === undefined ? undefined : setTimeout(late, session.timeLeft(shell.terminal.interactive ? LINK_LIFE : PATIENCE));
  const signal = AbortSignal.any([shell.signal, deadline.signal]);
  try {
    const restored = await shell.node.restoreBackup({
      ...{ file: resolve(args.file), data: await session.data(), name: args.name ?? hostname(), vault: vaultOf(args) },
      passphrase: askPassphrase(shell.terminal, args["passphrase-file"], true),
      ...{ secret, link, signal },
      onCode: (code) => session.note(`Compare this code with the other device, and confirm it there: ${clean(code, "line")}`),
    });
    await session.answer(restored, restoredText);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    for (const bytes of Object.values(secret)) bytes.fill(0);
  }
}

async function secretOf(args: SecretArgs, { terminal }: Shell): Promise<BackupSecret | undefined> {
  const [words, passphrase] = [args["words-file"], args["backup-passphrase-file"]];
  if (words !== undefined && passphrase !== undefined)
    throw new UsageError("--words-file and --backup-passphrase-file exclude each other: either opens the backup.");
  if (words !== undefined) return { words: await readBytes(words) };
  return passphrase === undefined ? undefined : { passphrase: await askPassphrase(terminal, passphrase, false)() };
}

async function typedWords({ shell: { terminal } }: Session): Promise<BackupSecret> {
  if (!terminal.interactive)
    throw new HomeportError("needs-terminal", "Give what opens the backup: --words-file FILE, or --backup-passphrase-file FILE.");
  return { words: await terminal.secret("The 24 recovery words") };
}

/** The daemon has a working directory of its own. */
function paths<T extends Record<string, string | undefined>>(given: T): T {
  return Object.fromEntries(Object.entries(given).map(([key, path]) => [key, path === undefined ? undefined : resolve(path)])) as T;
}

const OPENS = { words: "the recovery words", passphrase: "its passphrase" } as const;
const opensText = (opens: readonly (keyof typeof OPENS)[]): string => opens.map((sort) => OPENS[sort]).join(" or ");

const madeText = ({ file, bytes, entries, files, opens }: MadeBackup): string =>
  `Wrote ${clean(file, "line")}: ${entries} entries${files ? `, ${files.count} files` : ""}, ${sizeText(bytes)}. It opens with ${opensText(opens)}.`;

const rowText = ({ file, bytes, created, opens }: BackupRow): string =>
  [timeText(created), sizeText(bytes), opensText(opens), clean(file, "line")].join("  ");

const verifiedText = ({ created, bytes, opened, entries, opens }: VerifiedBackup): string =>
  opened
    ? `Of ${timeText(created)}, ${sizeText(bytes)}, ${entries ?? 0} entries: whole, and as it was made.`
    : `Of ${timeText(created)}, ${sizeText(bytes)}: not damaged. Only with ${opensText(opens)} can be seen whether anybody changed it.`;

const restoredText = ({ device, account, created, entries }: RestoreResult): string =>
  `Restored ${entries} entries of ${timeText(created)}. This is now device ${device} of account ${account}.\n` +
  "Start it with `homeport start`. Accounts of networks stay off here: `homeport bridge start ACCOUNT --here` takes one over.\n" +
  "If the old device is lost, revoke it: `homeport device revoke DEVICE`.";
