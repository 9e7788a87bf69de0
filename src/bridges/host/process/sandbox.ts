import { join, relative } from "node:path";
import type { CodeLayout, Isolated, Isolation } from "./types.ts";

export interface ChildCommand {
  command: string;
  args: string[];
  /** All of the child's environment. */
  env: Record<string, string>;
  cwd: string;
  /** Generations between the process that is spawned and the plugin's. */
  depth: number;
}

export interface ChildFiles {
  code: CodeLayout;
  /** The plugin's module: an absolute path below `code.root`. */
  module: string;
  dataDir: string;
  codeCache?: string | undefined;
}

const APP = "/app";
const DATA = "/data";
const CACHE = "/cache";
const NODE = "/node";
/** Bytes of /tmp, which is memory that no ceiling sees. */
const TMP_SIZE = 16 * 1024 * 1024;
/** MiB that Node needs beside the heap. */
const OUTSIDE_HEAP = 48;
const MIN_HEAP = 32;

/** MiB of heap for a process that may have so many MiB resident: V8 gives up by itself before the host has to kill. */
export const heapLimit = (maxRssMb: number): number => Math.max(MIN_HEAP, maxRssMb - OUTSIDE_HEAP);

/** How to start a plugin's process. Nothing of the account is in the arguments or the environment. */
export function childCommand(isolation: Isolation, files: ChildFiles, maxRssMb: number): ChildCommand {
  return isolation.isolated ? inBwrap(isolation, files, maxRssMb) : bare(files, maxRssMb);
}

/** How to fill a code cache: as above, but the folder is writable and the plugin is only loaded, not run. */
export function warmCommand(isolation: Isolated, files: ChildFiles & { codeCache: string }, maxRssMb: number): ChildCommand {
  const command = inBwrap(isolation, files, maxRssMb);
  const args = command.args.map((arg, i, all) => (arg === "--ro-bind-try" && all[i + 2] === CACHE ? "--bind" : arg));
  return { ...command, args: [...args.slice(0, -1), "--warm", ...args.slice(-1)] };
}

/** Everything of the sandbox that does not depend on the plugin. */
export function bwrapBase(isolation: Isolated): string[] {
  return [
    ...["--unshare-all", "--die-with-parent", "--clearenv", "--new-session", "--cap-drop", "ALL"],
    ...(isolation.strict ? ["--unshare-user", "--disable-userns"] : []),
    ...["--hostname", "bridge", "--proc", "/proc", "--dev", "/dev"],
    ...(isolation.strict ? ["--size", String(TMP_SIZE)] : []),
    ...["--tmpfs", "/tmp", "--ro-bind", isolation.node, NODE],
    ...isolation.libraries.flatMap((path) => ["--ro-bind", path, path]),
  ];
}

/** The rest of the file system cannot be written: it is memory as well. */
export const SEALED = ["--remount-ro", "/dev", "--remount-ro", "/"];

function inBwrap(isolation: Isolated, files: ChildFiles, maxRssMb: number): ChildCommand {
  const { code, codeCache } = files;
  const inApp = (path: string): string => join(APP, path);
  const binds = code.read.flatMap((path) => ["--ro-bind", join(code.root, path), inApp(path)]);
  const cache = codeCache === undefined ? [] : ["--ro-bind-try", codeCache, CACHE, "--setenv", "NODE_COMPILE_CACHE", CACHE];
  // Node reads a cache only where it may write; that this one is read-only is bwrap's doing.
  const writable = [DATA, "/tmp", ...(codeCache === undefined ? [] : [CACHE])];
  const node = [...nodeFlags(maxRssMb, [APP, ...writable], writable), inApp(code.entry), inApp(relative(code.root, files.module))];
  const mounts = [...bwrapBase(isolation), ...binds, ...cache, "--bind", files.dataDir, DATA, ...SEALED];
  return { command: isolation.bwrap, args: [...mounts, "--chdir", DATA, "--", NODE, ...node], env: {}, cwd: "/", depth: 2 };
}

function bare(files: ChildFiles, maxRssMb: number): ChildCommand {
  const { code, dataDir } = files;
  const readable = [...code.read.map((path) => join(code.root, path)), dataDir];
  const flags = nodeFlags(maxRssMb, readable, [dataDir]);
  return { command: process.execPath, args: [...flags, join(code.root, code.entry), files.module], env: {}, cwd: dataDir, depth: 0 };
}

/** The permission model limits files, processes, workers and addons; neither sockets nor `node:sqlite`. */
function nodeFlags(maxRssMb: number, readable: readonly string[], writable: readonly string[]): string[] {
  return [
    "--permission",
    ...readable.map((path) => `--allow-fs-read=${path}`),
    ...writable.map((path) => `--allow-fs-write=${path}`),
    `--max-old-space-size=${heapLimit(maxRssMb)}`,
    // A plugin is idle nearly always: a small nursery saves 2 MB of each.
    "--max-semi-space-size=1",
    "--disable-sigusr1",
  ];
}
