import type { SrvRecord } from "node:dns";
import { resolveSrv } from "node:dns/promises";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { DialRequest } from "../../contract/index.ts";
import { BridgeError } from "../../kit/bridge-error.ts";
import { bareHost } from "./address.ts";
import { connectTo } from "./connect.ts";
import type { EgressPolicy } from "./types.ts";

const TIMEOUT = 20_000;
/** Milliseconds for the look-up. */
const LOOKUP = 10_000;
/** Servers of one service that are tried. */
const MAX_TARGETS = 6;

/**
 * Goes where a domain says that its service is: the first of its servers that answers. Whoever speaks for the domain chooses host and
 * port, so that this machine is out of the question. Throws a `BridgeError`: `not-found` where the domain does not say.
 */
export async function connectToService(policy: EgressPolicy, { host, service = "" }: DialRequest, signal: AbortSignal): Promise<Socket> {
  const { ownPorts, connectTimeout: timeout = TIMEOUT, localServices = false } = policy;
  const domain = bareHost(host);
  if (policy.socks !== undefined) throw notSaid(domain);
  const targets = inOrder(await lookUp(policy, `${service}.${domain}`)).slice(0, MAX_TARGETS);
  let last: Error = notSaid(domain);
  for (const { name, port } of targets) {
    try {
      return await connectTo({ host: name, port, ownPorts, elsewhere: !localServices, timeout, signal });
    } catch (error) {
      last = error instanceof Error ? error : last;
    }
  }
  throw last;
}

async function lookUp({ resolveSrv: resolve = resolveSrv }: EgressPolicy, name: string): Promise<SrvRecord[]> {
  const late = new AbortController();
  const nothing = sleep(LOOKUP, [], { ref: false, signal: late.signal }).catch(() => []);
  const found = await Promise.race([resolve(name).catch(() => []), nothing]).finally(() => late.abort());
  // RFC 2782: "." says that there is no such service.
  return found.filter(({ name: target, port }) => target !== "" && target !== "." && port > 0);
}

/** Lowest priority first, of one priority the greater weight. */
function inOrder(records: SrvRecord[]): SrvRecord[] {
  return [...records].sort((a, b) => a.priority - b.priority || b.weight - a.weight);
}

function notSaid(domain: string): BridgeError {
  return new BridgeError({ code: "not-found", sent: "no", message: `${domain} does not say where its server is.` });
}
