import type { Inbound } from "../contract/index.ts";

type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never;

/** An event without what it owes to its stanza: key (unless it brings its own), time and facts. */
export type Draft = DistributiveOmit<Inbound, "key" | "ts" | "sec"> & { key?: string };
