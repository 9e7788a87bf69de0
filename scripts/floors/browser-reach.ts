import type { IModule } from "dependency-cruiser";

/** These folders run in a browser worker too. */
const EVERYWHERE = /^src\/(security-labels|sync|api|device)\//;

/** Libraries that work in Node only. */
const NODE_ONLY = /(^|\/)node_modules\/(better-sqlite3|@libp2p\/tcp|@libp2p\/mdns|pino|socks|irc-framework|env-paths|ws)\//;

/**
 * The chains by which a folder that also runs in a browser loads a built-in module of Node or a library that needs Node,
 * e.g. `src/device/a.ts → src/transport/b.ts → fs`; one for each module that imports it. Types are not loaded.
 */
export function chainsToNode(modules: readonly IModule[]): string[] {
  const bySource = new Map(modules.map((module) => [module.source, module]));
  return modules.filter(({ source }) => EVERYWHERE.test(source)).flatMap((module) => chainsFrom(module, bySource));
}

function chainsFrom(start: IModule, bySource: ReadonlyMap<string, IModule>): string[] {
  const seen = new Set([start.source]);
  const queue: { module: IModule; path: string[] }[] = [{ module: start, path: [start.source] }];
  const chains: string[] = [];
  for (const { module, path } of queue) {
    for (const { resolved, coreModule, dependencyTypes } of module.dependencies) {
      if (dependencyTypes.includes("type-only") || seen.has(resolved)) continue;
      seen.add(resolved);
      const next = bySource.get(resolved);
      if (coreModule || NODE_ONLY.test(resolved)) chains.push([...path, resolved].join(" → "));
      // What lies behind another such folder is reported there.
      else if (next && !EVERYWHERE.test(resolved)) queue.push({ module: next, path: [...path, resolved] });
    }
  }
  return chains;
}
