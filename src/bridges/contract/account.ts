import type { LinkFacts } from "../../security-labels/index.ts";
import type { UserInfo } from "./events.ts";

export interface BridgeErrorData {
  code: "auth" | "rate" | "offline" | "forbidden" | "too-large" | "unsupported" | "not-found" | "insecure" | "internal";
  /** Whether what was asked may have reached the network all the same. `maybe` is never retried by itself. */
  sent: "no" | "maybe";
  /** One sentence for people, without secrets. */
  message: string;
  retryAfterMs?: number | undefined;
  action?: "relogin" | "check-settings" | "open-native" | "none" | undefined;
}

export type AccountStateName =
  | "stopped"
  | "connecting"
  | "catching-up"
  | "online"
  | "degraded"
  | "backoff"
  | "bad-credentials"
  | "logged-out"
  | "quarantined";

export interface AccountState {
  state: AccountStateName;
  /** Milliseconds since 1970. */
  since: number;
  error?: BridgeErrorData | undefined;
  retryAt?: number | undefined;
  self?: UserInfo | undefined;
  /** The host fills this in from its own measurement. */
  link?: LinkFacts | undefined;
}
