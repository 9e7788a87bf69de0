import type { IrcMessage } from "irc-framework";
import type { IrcConfig } from "./config.ts";
import { type Failure, failure, notLetIn, refusedRegistration, saslMissing } from "./failures.ts";
import { DEFAULT_SUPPORT, type Support, withSupport } from "./isupport.ts";
import { alternativeNick, MAX_ALTERNATIVES } from "./nicks.ts";

export type Progress =
  | { state: "going-on"; write?: string }
  | { state: "failed"; failure: Failure }
  /** The greeting is over. `prefix`: `nick!user@host` where the server told it. */
  | { state: "registered"; nick: string; support: Support; prefix: string | undefined };

/** From the first line to the end of the greeting (RFC 2812, 3.1; modern.ircdocs.horse, registration). Writes nothing itself. */
export class Registration {
  readonly #config: IrcConfig;
  #support: Support = DEFAULT_SUPPORT;
  #loggedIn = false;
  #taken = 0;
  #nick: string | undefined;
  #prefix: string | undefined;

  constructor(config: IrcConfig) {
    this.#config = config;
  }

  take(message: IrcMessage): Progress {
    const { command, params } = message;
    const refused = this.#nick === undefined ? refusedRegistration(this.#config.host, command, params) : undefined;
    if (refused) return { state: "failed", failure: refused };
    switch (command) {
      case "433":
      case "436":
      case "437":
        return this.#nick === undefined ? this.#nextNick() : { state: "going-on" };
      case "900":
      case "903":
        this.#loggedIn = true;
        return { state: "going-on" };
      case "ERROR":
        return { state: "failed", failure: notLetIn(this.#config, params.at(-1) ?? "") };
      case "001":
        return this.#welcome(params);
      case "005":
        this.#support = withSupport(this.#support, params.slice(1, -1));
        return { state: "going-on" };
      case "376":
      case "422":
        return this.#finished();
      default:
        return { state: "going-on" };
    }
  }

  #nextNick(): Progress {
    this.#taken += 1;
    const { host, nick } = this.#config;
    if (this.#taken > MAX_ALTERNATIVES) {
      return {
        state: "failed",
        failure: failure("soon", "forbidden", `The nick ${nick} and others like it are taken on ${host}.`, "check-settings"),
      };
    }
    return { state: "going-on", write: `NICK ${alternativeNick(nick, this.#taken, this.#support.nickLength)}` };
  }

  #welcome(params: readonly string[]): Progress {
    this.#nick = params[0] ?? this.#config.nick;
    const last = (params.at(-1) ?? "").split(" ").at(-1) ?? "";
    this.#prefix = last.startsWith(`${this.#nick}!`) ? last : undefined;
    if (this.#config.sasl && !this.#loggedIn) return { state: "failed", failure: saslMissing(this.#config.host) };
    return { state: "going-on" };
  }

  #finished(): Progress {
    if (this.#nick === undefined) return { state: "going-on" };
    return { state: "registered", nick: this.#nick, support: this.#support, prefix: this.#prefix };
  }
}
