import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { HomeportError } from "../../sync/errors.ts";
import type { HttpAddress } from "../config.ts";
import { type Doors, originsOf } from "./access.ts";
import { type ControlOptions, ControlSockets, serveSessions } from "./control.ts";
import { makeSite, type SiteOptions, takeUpgrades } from "./site.ts";

const MAX_CONNECTIONS = 256;

export const SERVER_LIMITS = {
  bodyLimit: 4096,
  requestTimeout: 20_000,
  connectionTimeout: 60_000,
  forceCloseConnections: true,
  exposeHeadRoutes: true,
} as const;

export interface WebServerOptions extends ControlOptions, Omit<SiteOptions, "doors" | "strictTransport"> {
  address: HttpAddress;
  /** Origins of a proxy on this machine, under which phones come. */
  phones: () => readonly string[];
}

export interface WebServer {
  /** E.g. `http://localhost:4580`. */
  origin: string;
  port: number;
  close(): Promise<void>;
}

/**
 * The app's files, the device API for browsers of this machine, and what a proxy in front of it passes on. Throws `HomeportError`:
 * `port-in-use`, `listen-failed`.
 */
export async function serveWeb(options: WebServerOptions): Promise<WebServer> {
  const app = fastify(SERVER_LIMITS);
  app.server.maxConnections = MAX_CONNECTIONS;
  // Known once the port is: until then nothing is answered.
  let control: string[] = [];
  const doors = (): Doors => ({ control, phones: control.length > 0 ? options.phones() : [] });
  const site = { ...options, doors, strictTransport: false };
  makeSite(app, site);
  serveSessions(app, options);
  const sockets = new ControlSockets(options);
  takeUpgrades(app, site, sockets);
  const port = await listen(app, options.address);
  control = originsOf(options.address.host, port);
  return {
    origin: control[0] as string,
    port,
    async close() {
      sockets.close();
      await app.close();
    },
  };
}

async function listen(app: FastifyInstance, { host, port }: HttpAddress): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    if (code === "EADDRINUSE")
      throw new HomeportError("port-in-use", `Another program listens on port ${port} already. Choose another with --http.`, { cause });
    throw new HomeportError("listen-failed", `The web interface cannot listen on ${host}:${port}. Choose another address with --http.`, {
      cause,
    });
  }
  return (app.server.address() as AddressInfo).port;
}
