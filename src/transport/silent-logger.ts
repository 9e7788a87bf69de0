import type { ComponentLogger, Logger } from "@libp2p/interface";

const silent: Logger = Object.assign(() => undefined, {
  enabled: false,
  error: () => undefined,
  trace: () => undefined,
  newScope: () => silent,
});

/** libp2p's own log is not ours to print: with DEBUG set it would hold addresses and, by Noise, session keys. */
export const SILENT_LOGGER: ComponentLogger = { forComponent: () => silent };
