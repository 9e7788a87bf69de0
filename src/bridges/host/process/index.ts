/** Plugins as child processes: isolated, watched, restarted. */
export { prepareCodeCache } from "./code-cache.ts";
export { codeLayout } from "./code-layout.ts";
export { probeIsolation } from "./isolation.ts";
export { PluginProcess } from "./plugin-process.ts";
export type { ExitInfo, HostServices, Isolation, PluginProcessOptions, Timing } from "./types.ts";
