import { existsSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { CodeLayout } from "./types.ts";

/**
 * What a child of this installation reads: the contract, the kit, the labels, its own plugin and the libraries; `.ts` in
 * a checkout, `.js` in the published package.
 */
export function codeLayout(plugin: string): CodeLayout {
  const here = fileURLToPath(import.meta.url);
  const bridges = dirname(dirname(dirname(here)));
  const source = dirname(bridges);
  const home = packageFolder(source);
  const root = librariesFolder(home);
  const inRoot = (...path: string[]): string => relative(root, join(...path));
  return {
    root,
    read: [
      "node_modules",
      inRoot(home, "package.json"),
      ...["contract", "kit", plugin].map((part) => inRoot(bridges, part)),
      inRoot(source, "security-labels"),
    ],
    entry: inRoot(bridges, "kit", `child${extname(here)}`),
  };
}

function packageFolder(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, "package.json"))) {
    if (dirname(folder) === folder) throw new Error(`no package.json above ${start}`);
    folder = dirname(folder);
  }
  return folder;
}

/** Where we are installed as a dependency, the libraries may lie beside us instead of below us. */
function librariesFolder(home: string): string {
  const beside = dirname(home);
  return existsSync(join(home, "node_modules")) || basename(beside) !== "node_modules" ? home : dirname(beside);
}
