import { chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Unavailable } from "./unavailable.ts";

/** Debian's `nobody` and `nogroup`: whom servers run as where the tests are root. */
export const UNPRIVILEGED = { uid: 65534, gid: 65534 };

export const isRoot = process.getuid?.() === 0;

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Where unpacked servers and certificates are kept between runs: `.cache/servers` of the project, unless the unprivileged
 * user could not enter that folder. `HOMEPORT_TEST_CACHE` overrides it.
 */
export function cacheFolder(): string {
  const chosen = process.env["HOMEPORT_TEST_CACHE"] ?? join(project, ".cache", "servers");
  if (!isRoot || reachable(chosen)) return ensured(chosen);
  return ownOnly(ensured(join("/var/tmp", "homeport-test-servers")));
}

/** A new folder that the server's user owns and that nobody else can read. */
export function runFolder(name: string): string {
  const base = !isRoot || reachable(tmpdir()) ? tmpdir() : "/tmp";
  const folder = mkdtempSync(join(base, `homeport-${name}-`));
  if (isRoot) chownSync(folder, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  return folder;
}

function ensured(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/** True where every existing folder on the path lets other users through. */
function reachable(path: string): boolean {
  const parent = dirname(path);
  const open = !existsSync(path) || (statSync(path).mode & 0o001) !== 0;
  return open && (parent === path || reachable(parent));
}

/** The name in /var/tmp can be guessed, so another user may have been there first. */
function ownOnly(folder: string): string {
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return folder;
  throw new Unavailable(`${folder} belongs to somebody else`, "remove it, or set HOMEPORT_TEST_CACHE to a folder of your own");
}
