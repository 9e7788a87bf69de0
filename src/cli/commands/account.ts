import { hostname } from "node:os";
import { resolve } from "node:path";
import { type Command, command, group } from "../command.ts";
import { readText } from "../input.ts";
import { accountText } from "../render/account.ts";
import { wordsToFile, wordsToTerminal, type RecoveryPlace } from "../recovery-words.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";
import { askPassphrase } from "../passphrase.ts";
import { type VaultArgs, vaultOf, vaultOptions } from "../vault-options.ts";
import { writeNew } from "../write-file.ts";
import { chooseKept, type KeepArgs, keepOptions, type Known } from "./account-keep.ts";
import { readWords } from "./account-words.ts";
import { HomeportError } from "../../api/errors.ts";

interface WordsArgs {
  "words-file": string | undefined;
  "recovery-file": string | undefined;
}

interface RecoverArgs extends WordsArgs, KeepArgs, VaultArgs {
  from: string | undefined;
}

const wordsOptions = {
  "words-file": {
    type: "string",
    requiresArg: true,
    describe: "File with the 24 words, readable by nobody else; without it they are asked for on the terminal",
  },
  "recovery-file": { type: "string", requiresArg: true, describe: "Write the new 24 words into this new file instead of the terminal" },
} as const;

export const accountCommands = (shell: Shell): Command[] => [
  group("account", "See, recover and carry the list of your devices", [
    command(shell, {
      command: "show",
      describe: "Show which devices are in or out, and why",
      run: async (_, session) => session.answer(await session.call("account.show", {}), accountText),
    }),
    command<RecoverArgs>(shell, {
      command: "recover",
      describe: "Start over with the devices that you still have, by the 24 recovery words",
      options: (yargs) =>
        yargs
          .options(wordsOptions)
          .options(keepOptions)
          .option("from", {
            type: "string",
            requiresArg: true,
            describe: "Make a new device in an empty data folder, from a file that `account export` wrote",
          })
          .options(vaultOptions),
      run: recover,
    }),
    command<WordsArgs>(shell, {
      command: "rotate-recovery",
      describe: "Replace the recovery words, or make the first ones where there are none",
      options: (yargs) => yargs.options(wordsOptions),
      run: rotate,
    }),
    command<{ file: string }>(shell, {
      command: "export <file>",
      describe: "Write the operations of the account into a new file, for `account recover --from` and `account import`",
      options: (yargs) => yargs.positional("file", { type: "string", demandOption: true }),
      async run({ file }, session) {
        const records = await session.call("account.export", {});
        await writeNew(resolve(file), `${JSON.stringify(records)}\n`);
        await session.answer({ file: resolve(file), operations: records.operations.length }, () => `Written to ${resolve(file)}.`);
      },
    }),
    command<{ file: string }>(shell, {
      command: "import <file>",
      describe: "Take operations that another device exported, e.g. after a recovery there",
      options: (yargs) => yargs.positional("file", { type: "string", demandOption: true }),
      async run({ file }, session) {
        const { records } = await session.shell.node.readRecords(await readText(file));
        const result = await session.call("account.import", records);
        await session.answer(result, ({ added }) => (added === 0 ? "Nothing new." : `Took ${added} operations.`));
      },
    }),
    command<{ operation: string | undefined }>(shell, {
      command: "acknowledge [operation]",
      describe: "Say that you have seen the notices about the account; they go on all your devices",
      options: (yargs) => yargs.positional("operation", { type: "string", describe: "Only those about this operation" }),
      run: async ({ operation }, session) =>
        session.answer(await session.call("account.acknowledge", { operation }), ({ acknowledged }) => `Settled: ${acknowledged}.`),
    }),
  ]),
];

async function recover(args: RecoverArgs, session: Session): Promise<void> {
  const { node, terminal } = session.shell;
  const data = await session.data();
  if (!(await node.hasProfile(data))) return recoverNew(args, data, session);
  if (args.from !== undefined)
    throw new HomeportError("exists", `There is a profile in ${data} already; start it, and recover without --from.`);
  const { devices } = await session.call("account.show", {});
  const keep = await chooseKept(args, devices, terminal);
  const records = await session.call("account.export", {});
  await withNewWords(args, session, async (showRecovery) =>
    session.call("account.import", await node.signRecovery({ records, words: await readWords(args, terminal), keep, showRecovery })),
  );
  await session.answer(await session.call("account.show", {}), (account) => `The account is recovered.\n\n${accountText(account)}`);
}

async function recoverNew(args: RecoverArgs, data: string, session: Session): Promise<void> {
  const { node, terminal } = session.shell;
  if (args.from === undefined)
    throw new HomeportError(
      "no-profile",
      `There is no profile in ${data}. With a file of \`homeport account export\` give --from FILE; with a device that you still have, run this there, and then link this one.`,
    );
  const { records, devices } = await node.readRecords(await readText(args.from));
  const keep = await chooseKept(
    args,
    devices.map((device): Known => ({ ...device, self: false })),
    terminal,
  );
  const made = await withNewWords(args, session, async (showRecovery) =>
    node.recoverProfile({
      ...{ data, name: args.name ?? hostname(), vault: vaultOf(args), passphrase: askPassphrase(terminal, args["passphrase-file"], true) },
      ...{ records, keep, showRecovery, words: await readWords(args, terminal) },
    }),
  );
  await session.answer(
    made,
    ({ account, device }) =>
      `Recovered account ${account}\nThis device: ${device}\nStart it with \`homeport start\`. Devices that you kept learn of it by \`homeport account export\` here and \`homeport account import\` there.`,
  );
}

async function rotate(args: WordsArgs, session: Session): Promise<void> {
  const { node, terminal } = session.shell;
  const { recovery } = await session.call("account.show", {});
  await withNewWords(args, session, async (showRecovery) => {
    if (!recovery.set) return session.call("account.first-recovery", { hash: await node.makeFirstWords(showRecovery) });
    const records = await session.call("account.export", {});
    return session.call("account.import", await node.signRotation({ records, words: await readWords(args, terminal), showRecovery }));
  });
  const after = await session.call("account.show", {});
  await session.answer(after.recovery, () => "The new recovery words hold from now on. Destroy the old ones.");
}

/** What was written for the person is taken back where nothing came of it. */
async function withNewWords<T>(
  args: WordsArgs,
  session: Session,
  use: (show: (words: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T> {
  const file = args["recovery-file"];
  const place: RecoveryPlace = file === undefined ? await wordsToTerminal(session.shell.terminal) : wordsToFile(resolve(file));
  try {
    return await use((words) => place.show(words));
  } catch (error) {
    await place.undo();
    throw error;
  }
}
