import type { IrcMessage } from "irc-framework";
import { type Failure, saslMissing } from "./failures.ts";
import { Sasl, type SaslLogin } from "./sasl.ts";

export interface Negotiated {
  write: string[];
  failure?: Failure | undefined;
  /** The server's offer is whole. */
  offered?: boolean | undefined;
}

export interface NegotiationOptions {
  host: string;
  wanted: readonly string[];
  sasl: SaslLogin | undefined;
}

/** Bytes of names in one request: with its frame it stays below a line. */
const MAX_REQUEST = 400;
const MAX_OFFERS = 300;
const NOTHING: Negotiated = { write: [] };

/**
 * Capabilities (IRCv3 capability negotiation, 302) and the login by SASL, from the first CAP line on and as long as the
 * connection lasts. irc-framework would ask for everything at once, lose everything by one refusal, and knows no SCRAM.
 * Writes nothing itself.
 */
export class Negotiation {
  readonly #options: NegotiationOptions;
  readonly #offers = new Map<string, string>();
  readonly #enabled = new Set<string>();
  /** Requests without an answer. */
  #pending: string[] = [];
  #sasl: Sasl | undefined;
  #over = false;

  constructor(options: NegotiationOptions) {
    this.#options = options;
  }

  get enabled(): readonly string[] {
    return [...this.#enabled];
  }

  /** How we logged in, e.g. `SASL PLAIN`. */
  get mechanism(): string | undefined {
    return this.#sasl && `SASL ${this.#sasl.mechanism}`;
  }

  /** What the server said with its offer, e.g. `PLAIN,EXTERNAL` for `sasl`; undefined for what it does not offer. */
  valueOf(name: string): string | undefined {
    return this.#offers.get(name);
  }

  take(message: IrcMessage): Negotiated {
    if (message.command === "CAP") return this.#capability(message.params);
    if (!this.#sasl || this.#over) return NOTHING;
    const step = this.#sasl.take(message);
    if (step?.state === "failed") return { write: [], failure: step.failure };
    if (step?.state === "going-on") return { write: step.write };
    return step ? this.#end() : NOTHING;
  }

  #capability(params: readonly string[]): Negotiated {
    const names = (params.at(-1) ?? "").split(" ").filter((name) => name !== "");
    switch (params[1]?.toUpperCase()) {
      case "LS":
        this.#learn(names);
        return params[2] === "*" || this.#over ? NOTHING : { ...this.#request(this.#fitting([...this.#offers.keys()])), offered: true };
      case "NEW":
        this.#learn(names);
        return this.#request(this.#fitting(names.map(nameOf)), true);
      case "DEL":
        for (const name of names) {
          this.#offers.delete(nameOf(name));
          this.#enabled.delete(nameOf(name));
        }
        return NOTHING;
      case "ACK":
        for (const name of names) this.#enable(name);
        return this.#answered(names);
      case "NAK":
        return this.#refused(names);
      default:
        return NOTHING;
    }
  }

  #learn(offers: readonly string[]): void {
    for (const offer of offers) if (this.#offers.size < MAX_OFFERS) this.#offers.set(nameOf(offer), offer.slice(nameOf(offer).length + 1));
  }

  #enable(name: string): void {
    if (name.startsWith("-")) this.#enabled.delete(name.slice(1));
    else if (this.#isWanted(name)) this.#enabled.add(name);
  }

  #isWanted(name: string): boolean {
    return this.#options.wanted.includes(name) || (name === "sasl" && this.#options.sasl !== undefined);
  }

  /** In the order of the offer, each once. A login is made when we come, not later. */
  #fitting(names: readonly string[]): string[] {
    return [...new Set(names)].filter((name) => this.#isWanted(name) && !this.#enabled.has(name) && !(name === "sasl" && this.#over));
  }

  #request(names: readonly string[], later = false): Negotiated {
    const requests = grouped(names);
    this.#pending.push(...requests);
    if (requests.length === 0) return later ? NOTHING : this.#settled();
    return { write: requests.map((request) => `CAP REQ :${request}`) };
  }

  #answered(names: readonly string[]): Negotiated {
    const said = names.join(" ");
    const at = this.#pending.indexOf(said);
    if (this.#pending.length === 0) return NOTHING;
    this.#pending.splice(Math.max(0, at), 1);
    return this.#pending.length === 0 ? this.#settled() : NOTHING;
  }

  /** One that the server does not like after all loses the others of its request: each is asked for by itself. */
  #refused(names: readonly string[]): Negotiated {
    const request = this.#pending.find((pending) => pending === names.join(" ")) ?? this.#pending[0];
    if (request === undefined) return NOTHING;
    this.#pending.splice(this.#pending.indexOf(request), 1);
    const single = request.includes(" ") ? request.split(" ") : [];
    this.#pending.push(...single);
    if (single.length > 0) return { write: single.map((name) => `CAP REQ :${name}`) };
    return this.#pending.length === 0 ? this.#settled() : NOTHING;
  }

  #settled(): Negotiated {
    if (this.#over || this.#sasl) return NOTHING;
    const { sasl, host } = this.#options;
    if (!sasl) return this.#end();
    if (!this.#enabled.has("sasl")) return { write: [], failure: saslMissing(host) };
    const begun = Sasl.begin(host, sasl, this.#offers.get("sasl") ?? "");
    if (!(begun instanceof Sasl)) return { write: [], failure: begun };
    this.#sasl = begun;
    return { write: [begun.start()] };
  }

  #end(): Negotiated {
    this.#over = true;
    return { write: ["CAP END"] };
  }
}

/** `sasl=PLAIN,EXTERNAL` is an offer of `sasl`. */
function nameOf(offer: string): string {
  return offer.split("=", 1)[0] ?? "";
}

function grouped(names: readonly string[]): string[] {
  const groups: string[] = [];
  for (const name of names) {
    const last = groups.at(-1);
    if (last !== undefined && last.length + name.length < MAX_REQUEST) groups[groups.length - 1] = `${last} ${name}`;
    else groups.push(name);
  }
  return groups;
}
