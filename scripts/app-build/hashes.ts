import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

/** Names of the files that are made of all others. */
export const HASHES = "hashes.json";
export const SERVICE_WORKER = "service-worker.js";

/** By path from the root of the app, e.g. `/index.html`: SHA-256 in base64, as `integrity` takes it without its prefix. */
export type Hashes = Record<string, string>;

/** Of all files in a folder, by path, sorted. */
export function hashFolder(folder: string): Hashes {
  const names = globSync("**/*.*", { cwd: folder }).map((name) => name.split(sep).join("/"));
  return Object.fromEntries(names.toSorted().map((name) => [`/${name}`, sha256(readFileSync(join(folder, name)))]));
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");
