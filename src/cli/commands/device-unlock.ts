import { type Command, command } from "../command.ts";
import { deviceOf } from "../names.ts";
import { clean } from "../render/clean.ts";
import type { Shell } from "../shell.ts";
import { secretOf } from "./vault.ts";

interface UnlockArgs {
  device: string;
  "passphrase-file": string | undefined;
  address: string[] | undefined;
}

export const unlockCommand = (shell: Shell): Command =>
  command<UnlockArgs>(shell, {
    command: "unlock <device>",
    describe: "Unlock another of your devices, whose vault is a passphrase. Only where you know that it stands where you left it",
    options: (yargs) =>
      yargs
        .positional("device", { type: "string", demandOption: true, describe: "Its id, or its name as `device list` shows it" })
        .option("passphrase-file", { type: "string", requiresArg: true, describe: "File with its passphrase; else it is asked for" })
        .option("address", { type: "string", array: true, requiresArg: true, describe: "Multiaddrs where it is, if it moved" }),
    async run(args, session) {
      const device = await deviceOf(session, args.device);
      const passphrase = await secretOf(session, args["passphrase-file"], false);
      const unlocked = await session.call("device.unlock", { device, passphrase, addresses: args.address });
      await session.answer(unlocked, ({ device: id, address }) => `${id} is unlocked; it answered at ${clean(address, "line")}.`);
    },
  });
