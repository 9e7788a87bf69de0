export type { DialedStream, Egress, EgressPolicy } from "./types.ts";
