import { type Command, command } from "../command.ts";
import { LINK_LIFE, showLink } from "../linking.ts";
import type { Shell } from "../shell.ts";

interface LinkArgs {
  yes: boolean;
}

export const linkCommand = (shell: Shell): Command =>
  command<LinkArgs>(shell, {
    command: "link",
    describe: "Make a one-use link for a new device, and let it in",
    options: (yargs) =>
      yargs.option("yes", { type: "boolean", default: false, describe: "Let it in without asking whether the codes are the same" }),
    async run({ yes }, session) {
      await showLink(session, { yes, qr: shell.screen, ...(shell.terminal.interactive ? { fallback: LINK_LIFE } : {}) });
    },
  });
