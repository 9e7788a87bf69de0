import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClient } from "../../../src/api/client.ts";
import { MAX_REQUEST } from "../../../src/api/codec.ts";
import { connectDaemon } from "../../../src/cli/channel.ts";
import { type ApiSocket, serveApiSocket } from "../../../src/node/api-socket.ts";
import { socketPath } from "../../../src/node/api-socket-path.ts";
import { handlersOf } from "./handlers.ts";

let data: string;
let started: ApiSocket[];

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "homeport-api-"));
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((socket) => socket.close()));
  await rm(data, { recursive: true, force: true });
});

async function start(folder = data, env: Record<string, string> = {}) {
  const socket = await serveApiSocket({ data: folder, env, handlers: handlersOf({ chats: async () => [] }) });
  started.push(socket);
  return socket;
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe("the socket of the device API", () => {
  test("only the person can reach it, and clients find it by the data folder", async () => {
    const { path } = await start();
    expect(await modeOf(path)).toBe(0o600);
    expect(await modeOf(join(path, ".."))).toBe(0o700);
    expect(await readFile(join(data, "socket"), "utf8")).toBe(path);
    const client = createClient(await connectDaemon(data));
    expect(await client.call("chats", {})).toEqual([]);
    client.close();
  });

  test("closing it ends connections and leaves nothing behind", async () => {
    const socket = await start();
    const client = createClient(await connectDaemon(data));
    await client.call("chats", {});
    await socket.close();
    started = [];
    await expect(client.call("chats", {})).rejects.toMatchObject({ code: "no-daemon" });
    await expect(stat(socket.path)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(stat(join(data, "socket"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a path that is too long for a socket gives way to a short one in a folder of the person's", async () => {
    const long = join(data, "x".repeat(120));
    await mkdir(long);
    const runtime = join(data, "runtime");
    await mkdir(runtime);
    const { path } = await start(long, { XDG_RUNTIME_DIR: runtime });
    expect(Buffer.byteLength(path)).toBeLessThan(100);
    expect(path.startsWith(runtime)).toBe(true);
    expect(await modeOf(join(path, ".."))).toBe(0o700);
    const client = createClient(await connectDaemon(long));
    expect(await client.call("chats", {})).toEqual([]);
    client.close();
  });

  test("the path is under 100 bytes whatever the folders are", () => {
    const long = `/${"é".repeat(200)}`;
    for (const folder of ["/short", long])
      for (const runtime of [undefined, "/run/user/1000", long])
        for (const temporary of ["/tmp", long])
          expect(Buffer.byteLength(socketPath({ data: folder, runtime, temporary, uid: 4_294_967_294 }))).toBeLessThan(100);
  });

  test("a folder that somebody else prepared, or that others can enter, is refused", async () => {
    await mkdir(join(data, "run"), { mode: 0o755 });
    await expect(start()).rejects.toMatchObject({ code: "insecure" });
    await rm(join(data, "run"), { recursive: true });
    await mkdir(join(data, "elsewhere"), { mode: 0o700 });
    await symlink(join(data, "elsewhere"), join(data, "run"));
    await expect(start()).rejects.toMatchObject({ code: "insecure" });
  });

  test("a second daemon on the folder is refused with `locked`; what a killed one left is taken over", async () => {
    const { path } = await start();
    await expect(start()).rejects.toMatchObject({ code: "locked" });
    await started.pop()?.close();
    const dead = createServer().listen(path);
    await new Promise((resolve) => dead.once("listening", resolve));
    // The file of a socket stays when its process is killed: so does a hard link to one that was closed in order.
    const { link, unlink } = await import("node:fs/promises");
    await link(path, `${path}.kept`);
    await new Promise((resolve) => dead.close(resolve));
    await link(`${path}.kept`, path);
    await unlink(`${path}.kept`);
    await start();
    const client = createClient(await connectDaemon(data));
    expect(await client.call("chats", {})).toEqual([]);
    client.close();
  });

  test("a file in its place is not deleted", async () => {
    await mkdir(join(data, "run"), { mode: 0o700 });
    await writeFile(join(data, "run", "api.sock"), "precious");
    await expect(start()).rejects.toMatchObject({ code: "locked" });
    expect(await readFile(join(data, "run", "api.sock"), "utf8")).toBe("precious");
  });

  test("without a daemon, or with the note of a dead one, clients get `no-daemon`", async () => {
    await expect(connectDaemon(data)).rejects.toMatchObject({ code: "no-daemon" });
    await expect(connectDaemon(join(data, "nowhere"))).rejects.toMatchObject({ code: "no-daemon" });
    await writeFile(join(data, "socket"), join(data, "run", "gone.sock"));
    await expect(connectDaemon(data)).rejects.toMatchObject({ code: "no-daemon" });
    await writeFile(join(data, "socket"), "not a path");
    await expect(connectDaemon(data)).rejects.toMatchObject({ code: "no-daemon" });
  });
});

describe("hostile bytes", () => {
  /** What the server answers, and whether it hung up. */
  async function sendRaw(path: string, bytes: Uint8Array) {
    const socket = connect(path);
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.on("error", () => undefined);
    const closed = new Promise<boolean>((resolve) => socket.once("close", () => resolve(true)));
    socket.write(bytes);
    const hungUp = await Promise.race([closed, sleep(200, false)]);
    socket.destroy();
    return { answer, hungUp };
  }

  test("a line over the limit, or one that is not UTF-8, ends that connection and no other", async () => {
    const { path } = await start();
    const client = createClient(await connectDaemon(data));
    expect(await sendRaw(path, new Uint8Array(3 * MAX_REQUEST + 1).fill(65))).toMatchObject({ hungUp: true });
    expect(await sendRaw(path, Uint8Array.of(0xff, 0xfe, 0x0a))).toMatchObject({ hungUp: true });
    expect(await client.call("chats", {})).toEqual([]);
    client.close();
  });

  test("lines that are no requests get errors on a connection that goes on", async () => {
    const { path } = await start();
    const { answer, hungUp } = await sendRaw(path, Buffer.from('hello\n[]\n\n{"jsonrpc":"2.0","id":1,"method":"chats"}\n'));
    expect(hungUp).toBe(false);
    const codes = answer
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { error?: { code: number } }).error?.code ?? "result");
    expect(codes).toEqual([-32700, -32600, "result"]);
  });

  test("who floods and does not read is not read either: memory stays bounded", async () => {
    const { path } = await start();
    const socket = connect(path);
    socket.on("error", () => undefined);
    socket.pause();
    const before = process.memoryUsage().rss;
    const junk = Buffer.from("{}\n".repeat(20_000));
    let written = 0;
    // Without a reader the pipe fills, and write() stops being taken.
    while (written < 2000 && !socket.destroyed) {
      if (!socket.write(junk)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), sleep(100)]);
      if (socket.writableLength > 4 << 20) break;
      written++;
    }
    expect(socket.writableLength).toBeGreaterThan(4 << 20);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
    socket.destroy();
  });
});
