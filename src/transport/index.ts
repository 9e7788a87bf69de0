export { checkAnnounceAddress, checkListenAddress, checkPeerAddress } from "./addresses.ts";
export { createTransport } from "./node/create-transport.ts";
export type { LinkProtocol, LogLevel, OpenConnection, Transport, TransportLog, TransportOptions } from "./types.ts";
export { DEFAULT_LIMITS, type TransportLimits } from "./limits.ts";
