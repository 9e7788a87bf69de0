import { stat } from "node:fs/promises";
import { HomeportError } from "../api/errors.ts";
import type { CheckRow } from "../api/status.ts";
import type { Session } from "./session.ts";

/** The checks that need no daemon, then the daemon's own. `failure`: why those could not be had. */
export async function checkHere(session: Session): Promise<{ checks: CheckRow[]; failure?: HomeportError }> {
  const here = [await dataFolderCheck(await session.data())];
  try {
    const theirs = await session.call("doctor", {});
    return { checks: [...here, { check: "daemon", ok: true, message: "The daemon answers." }, ...theirs] };
  } catch (failure) {
    if (!(failure instanceof HomeportError)) throw failure;
    const { message } = failure;
    return {
      checks: [...here, { check: "daemon", ok: false, message, fix: "Run `homeport start`, and look at what it prints." }],
      failure,
    };
  }
}

async function dataFolderCheck(data: string): Promise<CheckRow> {
  const check = "data-folder";
  const found = await stat(data).catch(() => undefined);
  if (found === undefined)
    return {
      check,
      ok: false,
      message: `${data} is not there.`,
      fix: "Make a profile with `homeport init`, or name its folder by --data.",
    };
  const open = process.platform !== "win32" && (found.mode & 0o077) !== 0;
  if (open) return { check, ok: false, message: `Other users can look into ${data}.`, fix: `Run \`chmod 700 ${data}\`.` };
  return { check, ok: true, message: `${data} is yours alone.` };
}
