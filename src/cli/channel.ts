import { readFile, stat } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { isAbsolute, join } from "node:path";
import type { Channel } from "../api/channel.ts";
import { MAX_REPLY } from "../api/codec.ts";
import { HomeportError } from "../api/errors.ts";

/** Bytes of UTF-8 in the longest answer. */
const MAX_LINE = 3 * MAX_REPLY;
const MAX_NOTE = 4096;
const FOREIGN = new Set(["EACCES", "EPERM"]);
/** Milliseconds; a local socket answers at once or not at all. */
const CONNECT_LIMIT = 10_000;

/** To the daemon of a data folder, over the socket that it names there. Throws `no-daemon`. */
export async function connectDaemon(data: string): Promise<Channel> {
  const socket = await dialDaemon(data);
  const { lineChannel } = await import("../node/api-socket-channel.ts");
  return lineChannel(socket, MAX_LINE);
}

/** The bare connection. Throws `no-daemon`. */
export async function dialDaemon(data: string): Promise<Socket> {
  return dial(await socketOf(data)).catch((cause: unknown) => {
    if (FOREIGN.has((cause as NodeJS.ErrnoException).code ?? ""))
      throw new HomeportError("forbidden", "The daemon of this data folder belongs to another user; run the command as that user.", {
        cause,
      });
    throw noDaemon(data, cause);
  });
}

async function socketOf(data: string): Promise<string> {
  const path = await readFile(join(data, "socket"), "utf8").catch(async (cause: unknown) => {
    throw (await isFolder(data)) ? noDaemon(data, cause) : noProfile(data, cause);
  });
  if (path.length > MAX_NOTE || !isAbsolute(path)) throw noDaemon(data);
  return path;
}

function dial(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.setTimeout(CONNECT_LIMIT, () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const noDaemon = (data: string, cause?: unknown): HomeportError =>
  new HomeportError("no-daemon", `No daemon runs on ${data}; start it with \`homeport start\`.`, { cause });

const noProfile = (data: string, cause: unknown): HomeportError =>
  new HomeportError("no-daemon", `There is no profile in ${data}; make one with \`homeport init\`, then run \`homeport start\`.`, {
    cause,
  });
