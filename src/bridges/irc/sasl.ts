import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { IrcMessage } from "irc-framework";
import { type Failure, saslFailed, saslInsecure, saslMissing } from "./failures.ts";
import { Scram } from "./scram.ts";

export type Mechanism = "PLAIN" | "SCRAM-SHA-256" | "EXTERNAL";

export interface SaslLogin {
  account: string;
  password: string;
  /** Those that may be used, best first. */
  mechanisms: readonly Mechanism[];
}

export type SaslStep = { state: "going-on"; write: string[] } | { state: "done" } | { state: "failed"; failure: Failure };

/** Characters of base64 in one AUTHENTICATE line (ircv3.net/specs/extensions/sasl-3.1). */
const CHUNK = 400;
const MAX_CHALLENGE = 16 * 1024;
const REFUSALS: Record<string, string> = { "902": "nick_locked", "904": "fail", "905": "too_long", "906": "aborted" };

/** One login by SASL. Writes nothing itself. */
export class Sasl {
  readonly mechanism: Mechanism;
  readonly #host: string;
  readonly #login: SaslLogin;
  #scram: Scram | undefined;
  #challenge = "";
  #asked = false;

  private constructor(host: string, login: SaslLogin, mechanism: Mechanism) {
    this.#host = host;
    this.#login = login;
    this.mechanism = mechanism;
    if (mechanism === "SCRAM-SHA-256") this.#scram = new Scram(login.account, login.password, randomBytes(18).toString("base64"));
  }

  /** `offered`: the server's list (`PLAIN,EXTERNAL`), empty where it tells none. */
  static begin(host: string, login: SaslLogin, offered: string): Sasl | Failure {
    const known = offered.toUpperCase().split(",");
    const fits = (mechanism: Mechanism) =>
      offered === "" ? mechanism !== "SCRAM-SHA-256" || login.mechanisms.length === 1 : known.includes(mechanism);
    const mechanism = login.mechanisms.find(fits);
    return mechanism ? new Sasl(host, login, mechanism) : saslMissing(host);
  }

  start(): string {
    return `AUTHENTICATE ${this.mechanism}`;
  }

  /** A line of the login; undefined for any other. */
  take({ command, params }: IrcMessage): SaslStep | undefined {
    if (command === "AUTHENTICATE") return this.#authenticate(params[0] ?? "");
    const refusal = REFUSALS[command];
    if (refusal !== undefined) return { state: "failed", failure: saslFailed(this.#host, refusal, params.at(-1)) };
    if (command === "908") return { state: "going-on", write: [] };
    if (command !== "903" && command !== "907") return undefined;
    const proven = this.#scram === undefined || this.#scram.isVerified;
    return proven ? { state: "done" } : { state: "failed", failure: saslInsecure(this.#host) };
  }

  #authenticate(chunk: string): SaslStep {
    if (chunk !== "+") this.#challenge += chunk;
    if (this.#challenge.length > MAX_CHALLENGE) return { state: "failed", failure: saslInsecure(this.#host) };
    if (chunk.length >= CHUNK) return { state: "going-on", write: [] };
    const challenge = Buffer.from(this.#challenge, "base64").toString("utf8");
    this.#challenge = "";
    try {
      return { state: "going-on", write: lines(this.#answer(challenge)) };
    } catch {
      // What it was is told in one sentence: nothing of the server's is repeated next to a login.
      return { state: "failed", failure: saslInsecure(this.#host) };
    }
  }

  #answer(challenge: string): string {
    const first = !this.#asked;
    this.#asked = true;
    const { account, password } = this.#login;
    if (this.#scram) return first ? this.#scram.first : this.#scram.answer(challenge);
    if (!first) throw new Error("a challenge too many");
    return this.mechanism === "EXTERNAL" ? "" : `${account}\0${account}\0${password}`;
  }
}

/** Cut as the protocol wants it: what fills its last line exactly is followed by an empty one. */
function lines(answer: string): string[] {
  const text = Buffer.from(answer, "utf8").toString("base64");
  const chunks: string[] = text.match(/.{1,400}/g) ?? [];
  if (chunks.length === 0 || chunks.at(-1)?.length === CHUNK) chunks.push("+");
  return chunks.map((chunk) => `AUTHENTICATE ${chunk}`);
}
