import { type Command, command, group } from "../command.ts";
import { deviceOf } from "../names.ts";
import { devicesText } from "../render/device.ts";
import type { Shell } from "../shell.ts";
import { unlockCommand } from "./device-unlock.ts";
import { lateCommand } from "./device-late.ts";
import { revokeCommand } from "./device-revoke.ts";
import { joinCommand } from "./device-join.ts";
import { linkCommand } from "./device-link.ts";

interface DeviceArgs {
  device: string;
}

interface CodeArgs {
  /** Codes are shown in groups, and typed as they are shown. */
  code: string[];
}

export const deviceCommands = (shell: Shell): Command[] => [
  group("device", "Link, list and shut out your devices", [
    linkCommand(shell),
    joinCommand(shell),
    command<CodeArgs>(shell, {
      command: "confirm <code..>",
      describe: "Confirm the code of a running `device link`, from another terminal",
      options: (yargs) =>
        yargs.positional("code", { type: "string", array: true, demandOption: true, describe: "The code that the new device shows" }),
      run: async ({ code }, session) => session.answer(await session.call("device.confirm", { code: code.join(" ") }), () => "Confirmed."),
    }),
    command(shell, {
      command: "list",
      describe: "List the devices of the account",
      run: async (_, session) => session.answer(await session.call("device.list", {}), devicesText),
    }),
    revokeCommand(shell),
    standing(shell, "freeze", "Shut a device out until it is unfrozen"),
    standing(shell, "unfreeze", "Let a frozen device in again"),
    unlockCommand(shell),
    lateCommand(shell),
  ]),
];

const standing = (shell: Shell, word: "freeze" | "unfreeze", describe: string): Command =>
  command<DeviceArgs>(shell, {
    command: `${word} <device>`,
    describe,
    options: (yargs) =>
      yargs.positional("device", { type: "string", demandOption: true, describe: "Its id, or its name as `device list` shows it" }),
    run: async ({ device }, session) =>
      session.answer(
        await session.call(`device.${word}`, { device: await deviceOf(session, device) }),
        (row) => `${row.device}  ${row.state}`,
      ),
  });
