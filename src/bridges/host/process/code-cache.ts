import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { type ChildFiles, warmCommand } from "./sandbox.ts";
import type { Isolated } from "./types.ts";

const WARM_TIMEOUT = 60_000;
const WARM_MB = 512;

/**
 * Fills the folder with the compiled code of a plugin and its kit: without it each child translates its TypeScript anew,
 * which takes 12 MB and 60 ms. Runs the modules' top level, in the sandbox, before the plugin has met any network: a plugin
 * that was taken over later cannot write there. False where it did not work; the child then starts without.
 */
export function prepareCodeCache(isolation: Isolated, files: ChildFiles & { codeCache: string }): Promise<boolean> {
  mkdirSync(files.codeCache, { recursive: true, mode: 0o700 });
  mkdirSync(files.dataDir, { recursive: true, mode: 0o700 });
  const { command, args, env, cwd } = warmCommand(isolation, files, WARM_MB);
  return new Promise((resolve) => {
    execFile(command, args, { env, cwd, timeout: WARM_TIMEOUT, killSignal: "SIGKILL" }, (error) => resolve(error === null));
  });
}
