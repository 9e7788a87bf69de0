import { BridgeError } from "../../kit/bridge-error.ts";

export const forbidden = (message: string): BridgeError =>
  new BridgeError({ code: "forbidden", sent: "no", message, action: "check-settings" });
export const offline = (message: string): BridgeError => new BridgeError({ code: "offline", sent: "no", message });
export const insecure = (message: string): BridgeError =>
  new BridgeError({ code: "insecure", sent: "no", message, action: "check-settings" });

const WORDS: Record<string, string> = {
  ECONNREFUSED: "it refused the connection",
  ECONNRESET: "it cut the connection",
  EHOSTUNREACH: "it cannot be reached from here",
  ENETUNREACH: "there is no network to it",
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name cannot be looked up just now",
  ETIMEDOUT: "it did not answer in time",
};

/** Why a connection failed, in words; the code where there are none. */
export function whyOffline(error: unknown): string {
  const code = error instanceof AggregateError ? codeOf(error.errors[0]) : codeOf(error);
  return WORDS[code] ?? `the connection failed (${code})`;
}

export function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "unknown";
}
