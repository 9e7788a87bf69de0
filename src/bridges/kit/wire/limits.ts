/** Bytes of one frame after its length field. */
export const MAX_FRAME = 1024 * 1024;
/** Bytes of stream data in one frame: small enough that a message never waits long behind it. */
export const MAX_DATA = 64 * 1024;
/** Bytes that may be on the way on one stream, in one direction, before the reader has taken them. */
export const WINDOW = 512 * 1024;
/** What a data frame costs of the window at least: without it a million frames of one byte would fit. */
export const MIN_COST = 256;
/** Open streams of one connection. */
export const MAX_STREAMS = 64;
/** Calls that one side may have in flight. */
export const MAX_CALLS = 64;
/** Further calls that are let through when all others are taken: the host's pings and its good-bye. */
export const MAX_URGENT_CALLS = 4;
/** Calls that wait for a free place; above it a call is refused. */
export const MAX_WAITING_CALLS = 256;

/** What a data frame of `length` bytes takes from the window. */
export const costOf = (length: number): number => Math.max(length, MIN_COST);
