/**
 * Makes `dist` from `src`: compiled JavaScript (Node refuses `.ts` under node_modules) and the manifests of the plugins, whose
 * entries then name the compiled modules.
 */
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");

function compile(): void {
  const tsc = join(ROOT, "node_modules", ".bin", "tsc");
  const { status, error } = spawnSync(tsc, ["-p", join(ROOT, "tsconfig.build.json")], { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) throw new Error(`tsc ended with ${String(status)}`);
}

function copyManifest(file: string): void {
  const manifest = JSON.parse(readFileSync(join(ROOT, "src", file), "utf8")) as { entry: string };
  const entry = manifest.entry.replace(/\.ts$/, ".js");
  const target = join(DIST, file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${JSON.stringify({ ...manifest, entry }, null, 2)}\n`);
}

rmSync(DIST, { recursive: true, force: true });
compile();
for (const manifest of globSync("bridges/*/manifest.json", { cwd: join(ROOT, "src") })) copyManifest(manifest);
