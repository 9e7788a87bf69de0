import { randomBytes } from "node:crypto";
import { type FileHandle, link, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { HomeportError } from "../api/errors.ts";
import { numbered, safeName } from "./file-name.ts";

const MOST_NAMES = 1000;

/** Where a file is to be saved: a folder, which gives it a name that is free, or a path that must be free. */
export interface Target {
  folder: string;
  /** Undefined: the name that the sender gave it, made safe. */
  name: string | undefined;
}

export async function targetOf(to: string | undefined): Promise<Target> {
  const path = resolve(to ?? ".");
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return { folder: path, name: undefined };
  if (to?.endsWith("/")) throw new HomeportError("not-found", `${path} is no folder; make it first.`);
  if (found !== undefined) throw exists(path);
  return { folder: dirname(path), name: path.slice(dirname(path).length).replace(/^[/\\]/, "") };
}

/** Writes all or nothing, and never over a file that is there. Resolves with the path. */
export async function saveFile({ folder, name }: Target, given: string, size: number, bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const part = join(folder, `.homeport-${randomBytes(8).toString("hex")}.part`);
  try {
    const file = await open(part, "wx");
    try {
      await writeAll(file, size, bytes);
    } finally {
      await file.close();
    }
    return await settle(part, folder, name, given);
  } catch (cause) {
    throw cause instanceof HomeportError ? cause : forPeople(folder, cause);
  } finally {
    await rm(part, { force: true });
  }
}

async function writeAll(file: FileHandle, size: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let written = 0;
  for await (const piece of bytes) {
    await file.writeFile(piece);
    written += piece.length;
  }
  if (written !== size) throw new HomeportError("broken-off", "The file did not come whole; get it again.");
  await file.datasync();
}

/** A hard link fails where the name is taken, whatever happens at the same time. */
async function settle(part: string, folder: string, name: string | undefined, given: string): Promise<string> {
  for (let n = 1; n <= (name === undefined ? MOST_NAMES : 1); n++) {
    const path = join(folder, name ?? numbered(safeName(given), n));
    try {
      await link(part, path);
      return path;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") continue;
      if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
      if (await isThere(path)) continue;
      await rename(part, path);
      return path;
    }
  }
  throw exists(join(folder, name ?? safeName(given)));
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const exists = (path: string): HomeportError =>
  new HomeportError("exists", `${path} is there already; remove it, or give another place by --to.`);

function forPeople(folder: string, cause: unknown): HomeportError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") return new HomeportError("disk-full", `There is no space left in ${folder}.`, { cause });
  return new HomeportError("not-written", `The file cannot be written into ${folder} (${code ?? "unknown error"}).`, { cause });
}
