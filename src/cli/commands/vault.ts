import type { Params, Result } from "../../api/methods.ts";
import { type Command, command, group } from "../command.ts";
import { UsageError } from "../failure.ts";
import { askPassphrase } from "../passphrase.ts";
import { clean } from "../render/clean.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";
import { vaultOptions } from "../vault-options.ts";

type Kind = Params<"vault.change">["vault"];

interface ChangeArgs {
  vault: Kind;
  "passphrase-file": string | undefined;
}

interface UnlockArgs {
  "passphrase-file": string | undefined;
}

const passphraseFile = {
  type: "string",
  requiresArg: true,
  describe: "File with the passphrase; else it is asked for",
} as const;

export const vaultCommands = (shell: Shell): Command[] => [
  group("vault", "What keeps the key of your data at rest", [
    command(shell, {
      command: "show",
      describe: "Show the vault, and what it protects from",
      run: async (_, session) => session.answer(await session.call("vault.show", {}), shown),
    }),
    command<ChangeArgs>(shell, {
      command: "change",
      describe: "Keep the key by another vault, or by a new passphrase or key; killed at any moment, the old one or the new one works",
      options: (yargs) =>
        yargs
          .option("vault", { ...vaultOptions.vault, demandOption: true, describe: "The vault to be used from now on" })
          .option("passphrase-file", passphraseFile),
      run: change,
    }),
  ]),
  command(shell, {
    command: "lock",
    describe: "Lock the running daemon: connections and bridges end, and its keys are wiped from memory",
    run: async (_, session) => session.answer(await session.call("lock", {}), () => "Locked."),
  }),
  command<UnlockArgs>(shell, {
    command: "unlock",
    describe: "Unlock the daemon",
    options: (yargs) => yargs.option("passphrase-file", passphraseFile),
    run: unlock,
  }),
  command(shell, {
    command: "stop",
    describe: "End the daemon",
    run: async (_, session) => session.answer(await session.call("stop", {}), () => "It ends."),
  }),
];

async function change({ vault, "passphrase-file": file }: ChangeArgs, session: Session): Promise<void> {
  if (file !== undefined && vault !== "passphrase") throw new UsageError("--passphrase-file goes with --vault passphrase only.");
  const passphrase = vault === "passphrase" ? await secretOf(session, file, true) : undefined;
  await session.answer(await session.call("vault.change", { vault, passphrase }), described);
}

async function unlock({ "passphrase-file": file }: UnlockArgs, session: Session): Promise<void> {
  const { vault, locked } = await session.call("vault.show", {});
  // A daemon that was given the file of its passphrase knows it without us.
  const asked = locked && vault === "passphrase" && (file !== undefined || session.shell.terminal.interactive);
  const passphrase = asked ? await secretOf(session, file, false) : undefined;
  await session.answer(await session.call("unlock", { passphrase }), () => "Unlocked.");
}

/** As the API takes it. */
export async function secretOf(session: Session, file: string | undefined, fresh: boolean): Promise<string> {
  const bytes = await askPassphrase(session.shell.terminal, file, fresh)();
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  bytes.fill(0);
  return text;
}

const described = ({ vault, protects }: Result<"vault.change">): string => `${clean(vault, "line")}\n${clean(protects, "line")}`;

const shown = (state: Result<"vault.show">): string =>
  [
    described(state),
    state.locked ? "It is locked." : "It is open.",
    ...(state.unlocksFromAfar ? ["Another of your devices can unlock it by `homeport device unlock`."] : []),
  ].join("\n");
