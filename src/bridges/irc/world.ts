import { randomInt } from "node:crypto";
import { BACKOFF, type BackoffLimits } from "../kit/index.ts";

/** Milliseconds throughout. */
export interface Timings {
  /** From dialling to the end of the server's greeting. */
  registration: number;
  /** Silence after which the server is asked whether it is there, and how long it may take to answer. */
  idle: number;
  pong: number;
  /** The same silence while an answer is waited for. */
  nudge: number;
  /** How long a message may wait for its turn; the host gives the whole of it a minute. */
  turn: number;
  /** From writing a message to its acknowledgement. */
  delivery: number;
  /** From a question to the end of its answer; the host waits for a minute. */
  answer: number;
  /** From JOIN to its confirmation. */
  join: number;
  /** How long `open` waits for the connection. */
  open: number;
  /** Before joining again what the server refused or kicked us from. */
  rejoin: BackoffLimits;
  /** Between two attempts to get the wanted nick back. */
  reclaim: number;
  /** Between two connections, and where the server bans or throttles. */
  reconnect: BackoffLimits;
  reconnectLater: BackoffLimits;
  /** A connection that lasted so long was a good one: the back-off begins anew. */
  stable: number;
  /** Between two notes of how far was heard. */
  heard: number;
  /** Between two tries to hand a batch to the host. */
  ingest: BackoffLimits;
}

const TIMINGS: Timings = {
  registration: 60_000,
  idle: 60_000,
  pong: 30_000,
  nudge: 2_000,
  turn: 25_000,
  delivery: 30_000,
  answer: 50_000,
  join: 30_000,
  open: 20_000,
  rejoin: { firstMs: 60_000, maxMs: 600_000 },
  reclaim: 60_000,
  reconnect: BACKOFF,
  reconnectLater: { firstMs: 120_000, maxMs: 1_800_000 },
  stable: 60_000,
  heard: 30_000,
  ingest: { firstMs: 100, maxMs: 30_000 },
};

/** Clock, chance and patience: what tests replace. */
export interface World {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Milliseconds of a clock that nobody sets. */
  steady: () => number;
  /** In [0, 1). */
  random: () => number;
  timings: Timings;
}

export const SYSTEM: World = {
  now: () => Date.now(),
  steady: () => performance.now(),
  random: () => randomInt(2 ** 32) / 2 ** 32,
  timings: TIMINGS,
};
