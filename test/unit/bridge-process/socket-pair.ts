import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection, type ConnectionOptions } from "../../../src/bridges/kit/wire/connection.ts";

/** Two ends of one connected unix socket. */
async function socketPair(): Promise<[Socket, Socket]> {
  const folder = mkdtempSync(join(tmpdir(), "hp-pair-"));
  const server = createServer().listen(join(folder, "s"));
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const left = connect(join(folder, "s"));
  const [right] = await accepted;
  server.close();
  rmSync(folder, { recursive: true });
  return [left, right];
}

export const timers: ConnectionOptions["clock"] = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

const REFUSE_ALL: ConnectionOptions = {
  serve: (method) => Promise.reject(new Error(`no ${method} here`)),
  note: () => {},
  clock: timers,
};

/** Two connections that speak with each other. */
export async function connectionPair(
  left: Partial<ConnectionOptions> = {},
  right: Partial<ConnectionOptions> = {},
): Promise<[Connection, Connection]> {
  const [a, b] = await socketPair();
  return [new Connection(a, { ...REFUSE_ALL, ...left }), new Connection(b, { ...REFUSE_ALL, ...right })];
}

/** A connection and the bare socket at its other end, which may say anything. */
export async function connectionAndSocket(options: Partial<ConnectionOptions> = {}): Promise<[Connection, Socket]> {
  const [a, b] = await socketPair();
  b.on("error", () => b.destroy());
  return [new Connection(a, { ...REFUSE_ALL, ...options }), b];
}
