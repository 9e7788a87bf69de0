import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { AccountProcesses } from "../bridges/host/account-process.ts";
import { createEgress, declaredHosts, type SocksProxy } from "../bridges/host/egress/index.ts";
import type { Network } from "../bridges/host/networks.ts";
import { codeLayout, type Isolation, PluginProcess, prepareCodeCache } from "../bridges/host/process/index.ts";
import type { Clock } from "../sync/ports.ts";

export interface BridgeProcessesOptions {
  /** Data folder; each account's plugin gets a folder of its own below it. */
  data: string;
  isolation: Isolation;
  clock: Clock;
  /** TCP ports of this node's own services, which no plugin may reach. */
  ownPorts: () => number[];
  /** In [0, 1); for jitter. */
  chance: () => number;
}

/** How the bridge host makes a process for an account: sandbox, broker and limits by the plugin's manifest and the settings. */
export function bridgeProcesses({ data, isolation, clock, ownPorts, chance }: BridgeProcessesOptions): AccountProcesses {
  const folder = (account: string) => join(data, "bridges", account);
  return {
    create({ account, network, config, services }) {
      const egress = createEgress({
        declared: declaredHosts(network.manifest, config),
        ownPorts,
        passesOn: config.kind === "bitlbee",
        ...(config.socks ? { socks: parseSocks(config.socks) } : {}),
        tls: { ca: config.ca, fingerprint: config.fingerprint, client: config.clientcert, allowUnverified: config.tls === "unverified" },
      });
      return new PluginProcess({
        ...{ account, manifest: network.manifest, module: network.module, code: codeLayout(network.manifest.id) },
        ...{ dataDir: folder(account), isolation, services, egress, clock, random: chance },
        codeCache: codeCacheFolder(data, network),
      });
    },
    erase: (account) => rm(folder(account), { recursive: true, force: true }),
  };
}

/** Compiles the plugins' code once, so that each child starts faster and smaller. */
export async function warmCodeCaches(data: string, isolation: Isolation, networks: readonly Network[]): Promise<void> {
  if (!isolation.isolated) return;
  for (const network of networks) {
    const files = { module: network.module, code: codeLayout(network.manifest.id), dataDir: join(data, "bridges", ".warm") };
    await prepareCodeCache(isolation, { ...files, codeCache: codeCacheFolder(data, network) });
  }
}

const codeCacheFolder = (data: string, network: Network): string =>
  join(data, "cache", `${network.manifest.id}-${network.manifest.version}`);

/** `host:port` or `user:password@host:port`; the form was checked when the account was added. */
function parseSocks(text: string): SocksProxy {
  const at = text.lastIndexOf("@");
  const place = text.slice(at + 1);
  const colon = place.lastIndexOf(":");
  const proxy = { host: place.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), port: Number(place.slice(colon + 1)) };
  if (at < 0) return proxy;
  const login = text.slice(0, at);
  const split = login.indexOf(":");
  return split < 0 ? { ...proxy, username: login } : { ...proxy, username: login.slice(0, split), password: login.slice(split + 1) };
}
