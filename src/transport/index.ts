export { checkAnnounceAddress, checkListenAddress, checkPeerAddress } from "./addresses.ts";
export { createTransport } from "./node/create-transport.ts";
export { Relay } from "./relay/relay.ts";
export { Reservation } from "./relay/reservation.ts";
export type { Transport, TransportOptions } from "./types.ts";
