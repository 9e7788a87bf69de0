import { createHash, randomBytes } from "node:crypto";
import { lstat, mkdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { HomeportError } from "../sync/errors.ts";

/** Bytes. The kernel's limit is 104 to 108; what is shorter works everywhere. */
const MAX_PATH = 99;

export interface SocketPlaces {
  /** Absolute, without symbolic links. */
  data: string;
  /** `XDG_RUNTIME_DIR`. */
  runtime: string | undefined;
  temporary: string;
  uid: number;
}

/** In the data folder, else under a short folder of the person's, named by a hash of the data folder. */
export function socketPath({ data, runtime, temporary, uid }: SocketPlaces): string {
  const name = `${createHash("sha256").update(data).digest("hex").slice(0, 16)}.sock`;
  const own = `homeport-${uid}`;
  const places = [
    join(data, "run", "api.sock"),
    ...(runtime ? [join(runtime, "homeport", name)] : []),
    join(temporary, own, name),
    join("/tmp", own, name),
  ];
  return places.find((place) => Buffer.byteLength(place) <= MAX_PATH) as string;
}

/** Where the socket of this data folder goes; its folder is there afterwards, readable by the person alone. */
export async function prepareSocketPath(data: string, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  // A pipe's name is not protected by a folder: a random one cannot be taken by somebody else beforehand.
  if (process.platform === "win32") return `\\\\.\\pipe\\homeport-${randomBytes(16).toString("hex")}`;
  await mkdir(data, { recursive: true, mode: 0o700 });
  const uid = process.getuid?.() ?? 0;
  const path = socketPath({ data: await realpath(data), runtime: env.XDG_RUNTIME_DIR, temporary: tmpdir(), uid });
  await ownFolder(dirname(path), uid);
  return path;
}

/** Somebody else may have made a folder of this name under a folder that all may write to. */
async function ownFolder(folder: string, uid: number): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
  const found = await lstat(folder);
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return;
  throw new HomeportError("insecure", `${folder} has to be a folder that only you can enter; remove it, or run \`chmod 700\` on it.`);
}
