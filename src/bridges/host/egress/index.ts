/** The broker between plugins and the network. */
export { declaredHosts } from "./declared.ts";
export { createEgress } from "./egress.ts";
export type { DialedStream, Egress, EgressPolicy, SocksProxy } from "./types.ts";
