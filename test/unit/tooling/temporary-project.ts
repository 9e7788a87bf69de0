import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..", "..");
const SETTINGS = [".dependency-cruiser.mjs", ".oxlintrc.json", "package.json", "tsconfig.json"];

/** A folder with the project's settings and libraries, and these files instead of its code. */
export function temporaryProject(files: Readonly<Record<string, string>>): Disposable & {
  /** Runs a program there; what it printed on both streams. */
  run(command: string, ...args: string[]): { status: number | null; output: string };
} {
  const path = mkdtempSync(join(tmpdir(), "homeport-"));
  for (const name of SETTINGS) copyFileSync(join(ROOT, name), join(path, name));
  symlinkSync(join(ROOT, "node_modules"), join(path, "node_modules"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return {
    run(command, ...args) {
      const { status, stdout, stderr } = spawnSync(command, args, { cwd: path, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });
      return { status, output: stdout + stderr };
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
