import type { BridgeErrorData } from "../contract/index.ts";
import type { IrcConfig } from "./config.ts";
import { plainName } from "./formatting.ts";

/** Why there is no connection, and when to try again. */
export interface Failure {
  error: BridgeErrorData;
  /** `never`: only the person can help. */
  retry: "soon" | "later" | "never";
}

export function failure(
  retry: Failure["retry"],
  code: BridgeErrorData["code"],
  message: string,
  action: BridgeErrorData["action"],
): Failure {
  return { retry, error: { code, sent: "no", message, action } };
}

const BANNED = /\b(?:[kgqz]-?lined?|banned|blacklist|dnsbl|not welcome|akill)/i;
const THROTTLED = /thrott|too (?:fast|many)|reconnect|try again later|connection limit|clones|excess|flood/i;
const NOT_THE_PASSWORD = /time|unavail|try again|later|service/i;

/** What InspIRCd says to whom it lets in nowhere, be it for the password or for the address. */
const NOT_LET_IN = /access denied by configuration/i;

/** The server's last words before its greeting was over (`ERROR :Closing Link: …`). */
export function notLetIn({ host, serverPassword }: Pick<IrcConfig, "host" | "serverPassword">, reason: string): Failure {
  if (!NOT_LET_IN.test(reason)) return closedByServer(host, reason);
  if (serverPassword !== undefined) return badPassword(host);
  return failure("later", "forbidden", `${host} does not let this connection in; it may want a server password.`, "check-settings");
}

/** The server's last words. */
export function closedByServer(server: string, reason: string): Failure {
  const words = plainName(reason);
  if (BANNED.test(reason)) return failure("later", "forbidden", `${server} has banned this connection: ${words}`, "open-native");
  if (THROTTLED.test(reason)) return failure("later", "rate", `${server} slows this connection down: ${words}`, "none");
  if (/password/i.test(reason)) return badPassword(server);
  return failure("soon", "offline", `${server} closed the connection: ${words}`, "none");
}

export function connectionLost(server: string, error: unknown): Failure {
  const why = error instanceof Error && error.message !== "" ? `: ${plainName(error.message)}` : ".";
  return failure("soon", "offline", `The connection to ${server} was lost${why}`, "none");
}

function badPassword(server: string): Failure {
  return failure("never", "auth", `${server} does not take the password.`, "relogin");
}

/** `reason` as irc-framework tells it, `words` as the server does. */
export function saslFailed(server: string, reason: string, words: string | undefined): Failure {
  if (reason === "nick_locked") return failure("never", "auth", `${server} has locked this account.`, "relogin");
  if (reason === "fail" && !NOT_THE_PASSWORD.test(words ?? "")) {
    return failure("never", "auth", `${server} does not take the account name with this password.`, "relogin");
  }
  return saslMissing(server);
}

/** Who cannot prove that it knows the password may be somebody else, who would like to learn it. */
export function saslInsecure(server: string): Failure {
  const words = `${server} has not proven that it knows the password (SASL SCRAM-SHA-256); nothing was sent to it.`;
  return failure("later", "insecure", words, "check-settings");
}

/** Its promise holds although the account's settings ask for less. */
export function stsBroken(server: string): Failure {
  const words = `${server} has promised to be encrypted with a certificate that verifies (STS), and now its certificate does not.`;
  return failure("later", "insecure", words, "check-settings");
}

/** It is tried again at once, on the port that the server names. */
export function stsUpgrade(server: string, port: number): Failure {
  return failure("soon", "insecure", `${server} wants an encrypted connection (STS): changing to port ${port}.`, "none");
}

/** Going on without login would show us under a nick that is not proven, to channels that may ask for it. */
export function saslMissing(server: string): Failure {
  return failure("soon", "auth", `${server} offers no login of the kind that the account asks for (SASL) at the moment.`, "none");
}

/** Error numerics before the greeting; undefined for those that do not end the registration. */
export function refusedRegistration(server: string, numeric: string, params: readonly string[]): Failure | undefined {
  const words = plainName(params.at(-1) ?? "");
  switch (numeric) {
    case "432":
      return failure("never", "auth", `${server} does not take the nick ${plainName(params[1] ?? "")}: ${words}`, "check-settings");
    case "464":
      return badPassword(server);
    case "463":
    case "465":
    case "466":
      return failure("later", "forbidden", `${server} has banned this connection: ${words}`, "open-native");
    default:
      return undefined;
  }
}
