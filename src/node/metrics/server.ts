import { hostname } from "node:os";
import { fastify } from "fastify";
import { HomeportError } from "../../sync/errors.ts";
import { isOwnHost, type Listening } from "./own-host.ts";
import { createRegistry, type MetricsSource } from "./registry.ts";

const MAX_CONNECTIONS = 32;
/** Milliseconds. */
const REQUEST_LIMIT = 10_000;

export interface MetricsServer {
  host: string;
  port: number;
  close(): Promise<void>;
}

/**
 * `/metrics` for Prometheus and `/health`: GET alone, and only under a name of this server. Port 0 takes a free one. Throws
 * `port-in-use` or `bad-config`.
 */
export async function serveMetrics(at: Listening, source: MetricsSource): Promise<MetricsServer> {
  const registry = createRegistry(source);
  const server = fastify({
    ...{ logger: false, exposeHeadRoutes: false, bodyLimit: 1, requestTimeout: REQUEST_LIMIT, connectionTimeout: REQUEST_LIMIT },
    ...{ forceCloseConnections: true, routerOptions: { maxParamLength: 16 } },
  });
  server.server.maxConnections = MAX_CONNECTIONS;
  let listening = at;
  server.addHook("onRequest", async (request, reply) => {
    if (!isOwnHost(request.headers.host, listening, [hostname()])) return reply.code(421).send("This is not a name of this server.\n");
    if (request.method !== "GET") return reply.code(405).header("allow", "GET").send("Only GET.\n");
    return undefined;
  });
  server.get("/metrics", async (_, reply) =>
    reply
      .type(registry.contentType)
      .header("cache-control", "no-store")
      .send(await registry.metrics()),
  );
  server.get("/health", async (_, reply) => {
    const state = source.state();
    return reply
      .code(state === "starting" ? 503 : 200)
      .header("cache-control", "no-store")
      .send({ state });
  });
  server.setNotFoundHandler(async (_, reply) => reply.code(404).send("There are /metrics and /health.\n"));
  try {
    await server.listen({ host: at.host, port: at.port });
  } catch (cause) {
    registry.clear();
    throw refused(at, cause);
  }
  const address = server.server.address();
  listening = { host: at.host, port: typeof address === "object" && address ? address.port : at.port };
  return {
    ...listening,
    async close() {
      await server.close();
      registry.clear();
    },
  };
}

function refused({ host, port }: Listening, cause: unknown): HomeportError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    return new HomeportError("port-in-use", `Port ${port} of ${host} is in use; give --metrics another one.`, { cause });
  return new HomeportError("bad-config", `--metrics cannot listen on ${host}, port ${port} (${code ?? "unknown error"}).`, { cause });
}
