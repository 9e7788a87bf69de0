import { HomeportError } from "../../api/errors.ts";
import { type Command, command } from "../command.ts";
import { checkHere } from "../doctor-checks.ts";
import { doctorText, statusText } from "../render/status.ts";
import type { Shell } from "../shell.ts";

export const statusCommands = (shell: Shell): Command[] => [
  command(shell, {
    command: "status",
    describe: "Show the daemon, its connections and its bridges",
    run: async (_, session) => session.answer(await session.call("status", {}), statusText),
  }),
  command(shell, {
    command: "open",
    describe: "Print an address that opens Homeport in a browser of this machine, once",
    async run(_, session) {
      const { url } = await session.call("web.url", {});
      if (url === null) throw new HomeportError("not-served", "This daemon serves no web interface; start it without `--http off`.");
      await session.answer({ url }, () => url);
    },
  }),
  command(shell, {
    command: "doctor",
    describe: "Check what commonly goes wrong, and say what to do about it",
    async run(_, session) {
      const { checks, failure } = await checkHere(session);
      await session.answer(checks, doctorText);
      if (failure !== undefined) throw failure;
    },
  }),
];
