/** Plugins as child processes: isolated, watched, restarted. */
export { prepareCodeCache } from "./code-cache.ts";
export { codeLayout } from "./code-layout.ts";
export { probeIsolation } from "./isolation.ts";
export { PluginProcess } from "./plugin-process.ts";
export type { PluginResults } from "./schema.ts";
export type {
  CodeLayout,
  ExitInfo,
  HostServices,
  IngestResult,
  Isolated,
  Isolation,
  LogFields,
  LogLevel,
  LookupResult,
  PluginProcessEvents,
  PluginProcessOptions,
  Timing,
} from "./types.ts";
export { TIMING } from "./types.ts";
