/** What plugins share. A plugin imports from here and from the contract, and nothing else of Homeport. */
export { type BackoffLimits, BACKOFF, backoffMs } from "./backoff.ts";
export { BridgeError, toBridgeError } from "./bridge-error.ts";
export { connectHost } from "./connect-host.ts";
export { Inbox } from "./inbox.ts";
export { Journal } from "./journal.ts";
export { cleanText } from "../../security-labels/clean-text.ts";
export { mayTravel } from "../../security-labels/guard.ts";
export { splitText } from "./split-text.ts";
export { TokenBucket } from "./token-bucket.ts";
