import type { Socket } from "node:net";
import { SocksClient } from "socks";
import { bareHost, isOwnAddress, isOwnName } from "./address.ts";
import { connectTo } from "./connect.ts";
import { forbidden, offline } from "./errors.ts";
import type { SocksProxy } from "./types.ts";

export interface ThroughProxy {
  host: string;
  port: number;
  proxy: SocksProxy;
  ownPorts: () => number[];
  /** Milliseconds for each of the two steps. */
  timeout: number;
  signal: AbortSignal;
}

/** A connection by SOCKS 5 (RFC 1928, RFC 1929); the name goes to the proxy, nothing is looked up here. */
export async function connectThrough(options: ThroughProxy): Promise<Socket> {
  const { host, port, proxy, ownPorts, timeout, signal } = options;
  const called = `The SOCKS proxy ${proxy.host}:${proxy.port}`;
  const socket = await connectTo({ host: proxy.host, port: proxy.port, called, ownPorts, timeout, signal });
  try {
    if (ownPorts().includes(port) && mayReachUs(host, socket)) throw ownService(port);
    await handshake(socket, options);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** A proxy on this machine may take any name for this machine: which, it does not say. */
const mayReachUs = (host: string, toProxy: Socket): boolean => isOwnName(host) || isOwnAddress(toProxy.remoteAddress ?? "");

const ownService = (port: number): Error =>
  forbidden(`Port ${port} is one of Homeport's own services, which no bridge may reach by a proxy.`);

async function handshake(socket: Socket, { host, port, proxy, timeout, signal }: ThroughProxy): Promise<void> {
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await SocksClient.createConnection({
      command: "connect",
      proxy: { host: proxy.host, port: proxy.port, type: 5, ...login(proxy) },
      destination: { host: bareHost(host), port },
      existing_socket: socket,
      timeout,
    });
    await keepEarlyData(socket);
  } catch (error) {
    // The library's words name the host at most, never the password.
    throw offline(
      `${host} cannot be reached by the SOCKS proxy ${proxy.host}:${proxy.port}: ${error instanceof Error ? error.message : "unknown"}`,
    );
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * What the server said together with the proxy's answer: the library emits it in its next turn and lets the socket flow,
 * whether anyone listens or not. A `readable` listener keeps it from flowing and, unlike `pause`, leaves no trace.
 */
async function keepEarlyData(socket: Socket): Promise<void> {
  const early: Buffer[] = [];
  const keep = (chunk: Buffer): void => void early.push(chunk);
  const hold = (): void => undefined;
  socket.on("readable", hold).on("data", keep);
  await new Promise((resolve) => setImmediate(resolve));
  socket.off("readable", hold).off("data", keep);
  if (early.length > 0) socket.unshift(Buffer.concat(early));
}

function login({ username, password }: SocksProxy): { userId?: string; password?: string } {
  return username === undefined ? {} : { userId: username, password: password ?? "" };
}
