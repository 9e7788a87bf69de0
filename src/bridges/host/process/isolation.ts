import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { sharedLibraries } from "./libraries.ts";
import { bwrapBase, SEALED } from "./sandbox.ts";
import type { Isolated, Isolation } from "./types.ts";

const PROBE_TIMEOUT = 15_000;

/**
 * Finds out by running Node under bwrap whether plugins can be isolated here. `bwrap` is a path or a name to look up in
 * PATH; `node` is the program that will run the children.
 */
export async function probeIsolation(bwrap = "bwrap", node: string = process.execPath): Promise<Isolation> {
  if (process.platform !== "linux") return { isolated: false, reason: "Plugins are isolated only on Linux." };
  const path = isAbsolute(bwrap) ? bwrap : findProgram(bwrap);
  if (path === undefined) return { isolated: false, reason: "bubblewrap (bwrap) is not installed; install the package bubblewrap." };
  const libraries = await sharedLibraries(node);
  let reason = "";
  for (const strict of [true, false]) {
    const isolation: Isolated = { isolated: true, bwrap: path, strict, libraries, node };
    const failure = await tryOut(isolation);
    if (failure === undefined) return isolation;
    reason = failure;
  }
  return { isolated: false, reason: `bwrap does not run here: ${reason}` };
}

function findProgram(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Undefined when it ran, else why not. */
function tryOut(isolation: Isolated): Promise<string | undefined> {
  const args = [...bwrapBase(isolation), ...SEALED, "--", "/node", "--version"];
  return new Promise((resolve) => {
    execFile(isolation.bwrap, args, { env: {}, cwd: "/", timeout: PROBE_TIMEOUT, killSignal: "SIGKILL" }, (error, _stdout, stderr) => {
      if (error === null) resolve(undefined);
      else resolve((stderr.trim().split("\n")[0] || error.message).slice(0, 300));
    });
  });
}
