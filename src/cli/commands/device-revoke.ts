import type { Sponsored } from "../../api/device.ts";
import type { Result } from "../../api/methods.ts";
import { type Command, command } from "../command.ts";
import { UsageError } from "../failure.ts";
import { deviceOf } from "../names.ts";
import { clean } from "../render/clean.ts";
import { timeText } from "../render/time.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

interface RevokeArgs {
  device: string;
  also: string[] | undefined;
  "lost-since": string | undefined;
}

export const revokeCommand = (shell: Shell): Command =>
  command<RevokeArgs>(shell, {
    command: "revoke <device>",
    describe: "Shut a device out for good",
    options: (yargs) =>
      yargs
        .positional("device", { type: "string", demandOption: true, describe: "Its id, or its name as `device list` shows it" })
        .option("also", { type: "string", array: true, requiresArg: true, describe: "Another one with it, e.g. one that it let in" })
        .option("lost-since", {
          type: "string",
          requiresArg: true,
          describe: "When it was lost, e.g. 2026-11-20T18:00: nothing that it wrote from then on counts",
        }),
    run: revoke,
  });

async function revoke(args: RevokeArgs, session: Session): Promise<void> {
  const lostSince = args["lost-since"] === undefined ? undefined : timeOf(args["lost-since"]);
  const device = await deviceOf(session, args.device);
  const named = await Promise.all((args.also ?? []).map((other) => deviceOf(session, other)));
  const also = [...new Set([...named, ...(await asked(session, device, lostSince))])].filter((other) => other !== device);
  await session.answer(
    await session.call("device.revoke", { device, also, ...(lostSince === undefined ? {} : { lostSince }) }),
    revokedText,
  );
}

/** On a terminal: what the lost device let in since it was lost goes with it, if the person says so. */
async function asked(session: Session, device: string, since: number | undefined): Promise<string[]> {
  const { terminal } = session.shell;
  if (!terminal.interactive || session.json) return [];
  const rows = await session.call("device.sponsored", { device, ...(since === undefined ? {} : { since }) });
  const chosen: string[] = [];
  for (const row of rows) if (await terminal.confirm(`It let in ${sponsoredText(row)}. Shut that one out too?`)) chosen.push(row.device);
  return chosen;
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  if (!Number.isFinite(time) || time < 0 || time > Date.now())
    throw new UsageError("--lost-since takes a time that has passed, e.g. 2026-11-20T18:00 or 2026-11-20.");
  return time;
}

function revokedText({ device, state, also, sponsored }: Result<"device.revoke">): string {
  const gone = [{ device, state }, ...also].map((row) => `${row.device}  ${row.state}`);
  if (sponsored.length === 0) return gone.join("\n");
  return [...gone, "", "Still in, although it let them in:", ...sponsored.map((row) => `  ${row.device}  ${sponsoredText(row)}`)].join(
    "\n",
  );
}

const sponsoredText = ({ device, name, since }: Sponsored): string =>
  `${name === "" ? device.slice(0, 12) : clean(name, "line")}${since === null ? "" : `, on ${timeText(since)}`}`;
