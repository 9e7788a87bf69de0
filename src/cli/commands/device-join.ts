import { hostname } from "node:os";
import { HomeportError } from "../../api/errors.ts";
import { type Command, command } from "../command.ts";
import { readStdin } from "../input.ts";
import { LINK_LIFE } from "../linking.ts";
import { askPassphrase } from "../passphrase.ts";
import { clean } from "../render/clean.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";
import { type VaultArgs, vaultOf, vaultOptions } from "../vault-options.ts";

interface JoinArgs extends VaultArgs {
  link: string;
}

export const joinCommand = (shell: Shell): Command =>
  command<JoinArgs>(shell, {
    command: "join <link>",
    describe: "Make this a device of the account that made the link; `start` comes next",
    options: (yargs) =>
      yargs
        .positional("link", {
          type: "string",
          demandOption: true,
          describe: "What `device link` printed on the other device; - reads it from stdin",
        })
        .options(vaultOptions),
    run: join,
  });

async function join(args: JoinArgs, session: Session): Promise<void> {
  const { shell } = session;
  const link = args.link === "-" ? (await readStdin(shell.stdin)).trim() : args.link;
  const deadline = new AbortController();
  const late = () => deadline.abort(new HomeportError("timed-out", "The other device did not let this one in in time; nothing was made."));
  const timer = setTimeout(late, session.timeLeft(shell.terminal.interactive ? LINK_LIFE : undefined));
  const signal = AbortSignal.any([shell.signal, deadline.signal]);
  try {
    const joined = await shell.node.joinByLink({
      data: await session.data(),
      link,
      name: args.name ?? hostname(),
      vault: vaultOf(args),
      passphrase: askPassphrase(shell.terminal, args["passphrase-file"], true),
      onCode: (code) => session.line({ event: "code", code }, codeText),
      signal,
    });
    await session.line({ event: "linked", ...joined }, linkedText);
  } catch (error) {
    // What was half made stays, and the person has to know.
    const isHalf = error instanceof HomeportError && error.code === "linking-interrupted";
    throw signal.aborted && !isHalf ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

const codeText = ({ code }: { code: string }): string =>
  `Compare this code with the other device, and confirm it there: ${clean(code, "line")}`;

const linkedText = ({ account, device }: { account: string; device: string }): string =>
  `Linked. This is now device ${device} of account ${account}.\nStart it with \`homeport start\`.`;
