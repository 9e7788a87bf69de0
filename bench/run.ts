/**
 * `npm run -s bench -- NAME` runs bench/NAME.ts and prints one JSON object; without a name it runs them all and prints one
 * object a line. Nothing else goes to stdout. Exit 0 done, 1 one of them failed, 2 no such benchmark.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Benchmark } from "./result.ts";

/** A benchmark is a file here that is neither this one nor a part of several. */
const PARTS = new Set(["run.ts", "result.ts"]);

const available = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[a-z][a-z0-9-]*\.ts$/.test(entry.name) && !PARTS.has(entry.name))
    .map((entry) => entry.name.slice(0, -".ts".length))
    .toSorted();

async function run(folder: string, name: string): Promise<boolean> {
  try {
    const { bench } = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as Benchmark;
    process.stdout.write(`${JSON.stringify(await bench())}\n`);
    return true;
  } catch (error) {
    console.error(`${name}:`, error);
    return false;
  }
}

async function main(wanted: readonly string[]): Promise<number> {
  const folder = import.meta.dirname;
  const names = available(folder);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined || names.length === 0) {
    console.error(
      `There is no benchmark${unknown === undefined ? "" : ` ${JSON.stringify(unknown)}`}; there are: ${names.join(", ") || "none yet"}.`,
    );
    return 2;
  }
  let failed = false;
  for (const name of wanted.length > 0 ? wanted : names) failed = !(await run(folder, name)) || failed;
  return failed ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
