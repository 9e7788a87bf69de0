/**
 * After `npm ci` in a checkout: builds the web app, so that `npm start` has something to serve. Where only what runs is installed
 * (`--omit=dev`) there is nothing to build with, and the app is taken from the package. Plain JavaScript: any Node runs it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const vite = join(ROOT, "node_modules", "vite", "bin", "vite.js");

if (existsSync(vite)) {
  const { status, error } = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], { cwd: ROOT, stdio: "inherit" });
  if (error) throw error;
  process.exitCode = status ?? 1;
}
