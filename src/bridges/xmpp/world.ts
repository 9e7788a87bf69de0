import { randomInt } from "node:crypto";
import { BACKOFF, type BackoffLimits } from "../kit/index.ts";

/** Milliseconds throughout. */
export interface Timings {
  /** From dialling to the end of the login. */
  login: number;
  /** Silence after which the server is asked whether it is there, and how long it may take to answer. */
  idle: number;
  pong: number;
  /** From writing a message to its acknowledgement. */
  delivery: number;
  /** How long a question may take. */
  iq: number;
  /** From entering a room to being in it. */
  join: number;
  /** How long `open` waits for the connection. */
  open: number;
  /** Before entering again a room that did not let us in. */
  rejoin: BackoffLimits;
  /** Between two looks whether we are still in a room. */
  selfPing: number;
  /** Between two connections, and where the server wants us to wait. */
  reconnect: BackoffLimits;
  reconnectLater: BackoffLimits;
  /** A connection that lasted so long was a good one: the back-off begins anew. */
  stable: number;
  /** Between two tries to hand a batch to the host. */
  ingest: BackoffLimits;
}

const TIMINGS: Timings = {
  login: 60_000,
  idle: 60_000,
  pong: 30_000,
  delivery: 30_000,
  iq: 30_000,
  join: 30_000,
  open: 20_000,
  rejoin: { firstMs: 10_000, maxMs: 600_000 },
  selfPing: 300_000,
  reconnect: BACKOFF,
  reconnectLater: { firstMs: 120_000, maxMs: 1_800_000 },
  stable: 60_000,
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
