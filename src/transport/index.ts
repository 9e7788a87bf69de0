export { checkAnnounceAddress, checkListenAddress, checkPeerAddress } from "./addresses.ts";
export { createTransport } from "./node/create-transport.ts";
export type { Transport, TransportOptions } from "./types.ts";
