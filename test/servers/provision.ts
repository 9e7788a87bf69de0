import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { Apt } from "./apt.ts";
import { cacheFolder } from "./folders.ts";
import { withLock } from "./lock.ts";
import { PACKAGE_SETS, type PackageSet } from "./package-sets.ts";
import { Unavailable } from "./unavailable.ts";

export type { PackageSet } from "./package-sets.ts";

const run = promisify(execFile);

/**
 * The unpacked files of a set: `root` stands for `/`. The first caller downloads and unpacks (seconds, tens of megabytes),
 * all others wait for it. Throws `Unavailable`.
 */
export async function provision(set: PackageSet): Promise<{ root: string }> {
  const cache = cacheFolder();
  const folder = join(cache, set);
  if (!isComplete(folder, set)) {
    requireTools();
    await withLock(cache, async () => isComplete(folder, set) || (await build(cache, folder, set)));
  }
  return { root: join(folder, "root") };
}

/** A working bubblewrap: the machine's, else an unpacked one. Throws `Unavailable`. */
export async function bwrapPath(): Promise<string> {
  return onPath("bwrap") ?? join((await provision("bwrap")).root, "usr/bin/bwrap");
}

/** Where the loader finds the set's libraries; for a child's own environment only. */
export function libraryPath(root: string): string {
  return [`${root}/usr/lib/${triplet()}`, `${root}/lib/${triplet()}`].join(delimiter);
}

/** Debian's name of the machine, as in `/usr/lib/<triplet>`. */
export function triplet(): string {
  const known: Partial<Record<NodeJS.Architecture, string>> = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };
  const found = known[process.arch];
  if (!found) throw new Unavailable(`no recipe for the processor ${process.arch}`, "use an x64 or arm64 machine");
  return found;
}

/** All or nothing: unpacked beside its place and moved there, so that a set that exists is whole. */
async function build(cache: string, folder: string, set: PackageSet): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(join(unfinished, "root"), { recursive: true });
  const apt = new Apt(join(cache, "apt"));
  await apt.download(await apt.closure(PACKAGE_SETS[set]), join(unfinished, "packages"));
  await unpack(join(unfinished, "packages"), join(unfinished, "root"));
  rmSync(join(unfinished, "packages"), { recursive: true });
  writeFileSync(stamp(unfinished), signature(set));
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
}

async function unpack(packages: string, root: string): Promise<void> {
  for (const file of readdirSync(packages).sort()) await run("dpkg", ["-x", join(packages, file), root], { timeout: 120_000 });
}

function isComplete(folder: string, set: PackageSet): boolean {
  return existsSync(stamp(folder)) && readFileSync(stamp(folder), "utf8") === signature(set);
}

function stamp(folder: string): string {
  return join(folder, "packages.txt");
}

function signature(set: PackageSet): string {
  return `${triplet()}\n${PACKAGE_SETS[set].join("\n")}\n`;
}

function requireTools(): void {
  for (const tool of ["apt-get", "dpkg"]) {
    if (!onPath(tool)) throw new Unavailable(`no ${tool} on this machine`, "run the tests on Debian 12, or in the image node:24-bookworm");
  }
}

function onPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
