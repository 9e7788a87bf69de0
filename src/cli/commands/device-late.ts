import { type Command, command } from "../command.ts";
import { UsageError } from "../failure.ts";
import { deviceOf } from "../names.ts";
import { lateText } from "../render/deletion.ts";
import type { Shell } from "../shell.ts";

interface LateArgs {
  device: string;
  keep: boolean;
  drop: boolean;
}

export const lateCommand = (shell: Shell): Command =>
  command<LateArgs>(shell, {
    command: "late <device>",
    describe: "List what came of a revoked device after it was shut out, and decide about it",
    options: (yargs) =>
      yargs
        .positional("device", { type: "string", demandOption: true, describe: "Its id, or its name as `device list` shows it" })
        .option("keep", { type: "boolean", default: false, describe: "Show it, on all your devices" })
        .option("drop", { type: "boolean", default: false, describe: "Delete it on all your devices, for ever" }),
    run: async ({ device: given, keep, drop }, session) => {
      if (keep && drop) throw new UsageError("Give either --keep or --drop.");
      const device = await deviceOf(session, given);
      if (keep) return session.answer(await session.call("late.keep", { device }), ({ kept }) => `${messages(kept)} shown now.`);
      if (drop) return session.answer(await session.call("late.drop", { device }), ({ dropped }) => `${messages(dropped)} deleted.`);
      return session.answer(await session.call("late", { device }), lateText);
    },
  });

const messages = (count: number): string => (count === 1 ? "1 message" : `${count} messages`);
