import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MUTANTS, type Mutant } from "./mutants.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SEEDS = 100;

/** Each mutant in a copy of the sources, until a seed notices it. Resolves with the names of those that none did. */
export function runMutants(first: number): string[] {
  const folder = join(ROOT, ".cache", "mutant");
  const missed: string[] = [];
  for (const mutant of MUTANTS) {
    make(folder, mutant);
    const arguments_ = [join(folder, "scripts/soak.ts"), "--seeds", String(SEEDS), "--first-seed", String(first)];
    const { status, stdout } = spawnSync(process.execPath, arguments_, { encoding: "utf8", maxBuffer: 1 << 26 });
    const seed = /with seed (\d+)/.exec(stdout)?.[1];
    const isNoticed = status === 1 && seed !== undefined;
    process.stdout.write(`${mutant.name}: ${isNoticed ? `noticed with seed ${seed}` : "NOT noticed"}\n`);
    if (!isNoticed) missed.push(mutant.name);
  }
  rmSync(folder, { recursive: true, force: true });
  return missed;
}

/** Inside of the project, so that the libraries are found. */
function make(folder: string, { file, find, replace }: Mutant): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of ["src", "scripts", "test/simulation", "test/fuzzing", "test/unit/account", "test/vectors", "package.json"])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  const path = join(folder, file);
  const source = readFileSync(path, "utf8");
  if (source.split(find).length !== 2) throw new Error(`${file} does not have this once: ${find}`);
  writeFileSync(
    path,
    source.replace(find, () => replace),
  );
}
