/**
 * Checks the floor rules of .dependency-cruiser.mjs for the project in the working directory, and that dependency-cruiser
 * really read it: with a TypeScript that it cannot load it reads nothing and finds nothing wrong.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractDepcruiseOptions from "dependency-cruiser/config-utl/extract-depcruise-options";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { chainsToNode } from "./floors/browser-reach.ts";

const CONFIG = join(import.meta.dirname, "..", ".dependency-cruiser.mjs");
const FOLDERS = ["src", "bin", "test", "bench", "scripts"];

async function read(): Promise<ICruiseResult> {
  const options = await extractDepcruiseOptions(CONFIG);
  const folders = FOLDERS.filter((folder) => globSync(`${folder}/**/*.{ts,tsx,js}`).length > 0);
  const { output } = await cruise(folders, options, undefined, { tsConfig: extractTSConfig("tsconfig.json") });
  if (typeof output === "string") throw new Error("dependency-cruiser did not return its result as an object");
  return output;
}

/** What is wrong, a line each. */
function findings({ modules, summary }: ICruiseResult): string[] {
  const rules = new Map((summary.ruleSetUsed?.forbidden ?? []).map((rule) => [rule.name, rule.comment ?? ""]));
  const violations = summary.violations.map(({ rule, from, to, cycle }) => {
    const target = cycle ? cycle.map(({ name }) => name).join(" → ") : to;
    return `${rule.name}: ${from}${target === from ? "" : ` → ${target}`}\n    ${rules.get(rule.name) ?? ""}`;
  });
  const chains = chainsToNode(modules).map((chain) => `runs-in-a-browser-too: ${chain}\n    this folder loads nothing of Node`);
  return [...violations, ...chains].toSorted();
}

/** The modules under src that were read with their imports, against the files that are there. */
function unread({ modules }: ICruiseResult): string | undefined {
  const files = globSync("src/**/*.ts").filter((file) => !file.endsWith(".d.ts")).length;
  const modulesRead = modules.filter(({ source, couldNotResolve }) => /^src\/.*\.ts$/.test(source) && !couldNotResolve).length;
  const imports = modules.reduce((sum, module) => sum + module.dependencies.length, 0);
  if (files > 0 && modulesRead >= files && imports > 0) return undefined;
  return `dependency-cruiser read ${modulesRead} modules with ${imports} imports, but src has ${files} files: is the package "typescript" there, as version 6?`;
}

const result = await read();
const missing = unread(result);
const wrong = missing === undefined ? findings(result) : [missing];
for (const line of wrong) console.error(line);
if (wrong.length > 0) console.error(`floors: ${wrong.length} wrong`);
else console.log(`floors: ${result.modules.length} modules read, every import is allowed`);
process.exitCode = wrong.length > 0 ? 1 : 0;
