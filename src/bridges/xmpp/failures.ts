import type { BridgeErrorData } from "../contract/index.ts";
import { plainName } from "./jids.ts";
import { NS } from "./ns.ts";
import { childText, type Element } from "./xml.ts";

/** Why there is no connection, and when to try again. */
export interface Failure {
  error: BridgeErrorData;
  /** `never`: only the person can help. */
  retry: "soon" | "later" | "never";
}

/** Ends the attempt to connect. */
export class ConnectError extends Error {
  readonly failure: Failure;
  constructor(why: Failure) {
    super(why.error.message);
    this.failure = why;
  }
}

export function failure(
  retry: Failure["retry"],
  code: BridgeErrorData["code"],
  message: string,
  action: BridgeErrorData["action"] = "none",
): Failure {
  return { retry, error: { code, sent: "no", message, action } };
}

export function fail(...args: Parameters<typeof failure>): never {
  throw new ConnectError(failure(...args));
}

export function connectionLost(domain: string, error: unknown): Failure {
  if (error instanceof ConnectError) return error.failure;
  const why = error instanceof Error && error.message !== "" ? `: ${plainName(error.message)}` : "";
  return failure("soon", "offline", `The connection to ${domain} was lost${why}.`);
}

/** RFC 6120, 4.9.3: why a server ends a stream. */
export function streamError(domain: string, error: Element): Failure {
  const condition =
    error
      .getChildElements()
      .find((child) => child.getNS() === NS.streams)
      ?.getName() ?? "undefined-condition";
  const words = plainName(childText(error, "text", NS.streams) ?? condition);
  switch (condition) {
    case "conflict":
      return failure("later", "offline", `${domain} closed the connection: another program has logged in under the same resource.`);
    case "host-unknown":
    case "host-gone":
      return failure("later", "offline", `${domain} is not served there: ${words}`, "check-settings");
    case "not-authorized":
    case "policy-violation":
    case "resource-constraint":
      return failure("later", "rate", `${domain} closed the connection: ${words}`);
    default:
      return failure("soon", "offline", `${domain} closed the connection: ${words}`);
  }
}

/** RFC 6120, 6.5: why a login was refused. */
export function loginRefused(domain: string, refusal: Element): Failure {
  const condition =
    refusal
      .getChildElements()
      .find((child) => child.getName() !== "text")
      ?.getName() ?? "not-authorized";
  const words = plainName(childText(refusal, "text") ?? condition);
  switch (condition) {
    case "not-authorized":
    case "malformed-request":
    case "invalid-authzid":
      return failure("never", "auth", `${domain} does not take the address with this password.`, "relogin");
    case "account-disabled":
      return failure("never", "auth", `${domain} has disabled this account: ${words}`, "open-native");
    case "credentials-expired":
      return failure("never", "auth", `${domain} wants a new password: ${words}`, "relogin");
    default:
      return failure("soon", "auth", `${domain} could not log us in: ${words}`);
  }
}
