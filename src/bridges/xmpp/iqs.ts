import { randomBytes } from "node:crypto";
import { BridgeError } from "../kit/index.ts";
import { address, plainName } from "./jids.ts";
import { stanzaError } from "./stanza-errors.ts";
import { type Element, el } from "./xml.ts";

/** Questions that may be open at once. */
const MAX_OPEN = 200;

export interface IqsContext {
  write: (stanza: Element) => boolean;
  /** The own addresses: an answer to what was asked of nobody comes from one of these, or from nobody. */
  self: { bare: string; domain: string; full: () => string };
  timeoutMs: number;
}

interface Open {
  to: string | undefined;
  answer: PromiseWithResolvers<Element>;
  timer: NodeJS.Timeout;
}

/** Questions and their answers (RFC 6120, 8.2.3). An answer counts only from whom was asked: everybody may guess an id. */
export class Iqs {
  readonly #context: IqsContext;
  readonly #open = new Map<string, Open>();

  constructor(context: IqsContext) {
    this.#context = context;
  }

  /** The whole answer. Rejects with a `BridgeError`: a `StanzaError` where the other side refused. `to` undefined: the own account. */
  request(type: "get" | "set", payload: Element, to?: string, timeoutMs = this.#context.timeoutMs): Promise<Element> {
    const id = randomBytes(12).toString("base64url");
    const answer = Promise.withResolvers<Element>();
    if (this.#open.size >= MAX_OPEN) return Promise.reject(unanswered("rate", "Too many questions are open."));
    const timer = setTimeout(() => this.#end(id)?.answer.reject(late(to)), timeoutMs);
    this.#open.set(id, { to: to === undefined ? undefined : address(to), answer, timer });
    const asked = this.#context.write(el("iq", { type, id, to }, payload));
    if (!asked) this.#end(id)?.answer.reject(unanswered("offline", "The connection is gone."));
    return answer.promise;
  }

  /** Whether the stanza answers one of ours. */
  take(stanza: Element): boolean {
    const { id = "", type, from } = stanza.attrs;
    const open = this.#open.get(id);
    if ((type !== "result" && type !== "error") || !open || !this.#isFrom(open, from)) return false;
    this.#end(id);
    if (type === "result") open.answer.resolve(stanza);
    else open.answer.reject(stanzaError(stanza, open.to ?? this.#context.self.domain));
    return true;
  }

  /** The connection is gone. */
  close(): void {
    for (const id of [...this.#open.keys()]) this.#end(id)?.answer.reject(unanswered("offline", "The connection broke before the answer."));
  }

  #isFrom({ to }: Open, from: string | undefined): boolean {
    const { bare, domain, full } = this.#context.self;
    const sender = from === undefined ? undefined : address(from);
    if (to === undefined || to === bare) return from === undefined || sender === bare || sender === domain || sender === address(full());
    return sender === to;
  }

  #end(id: string): Open | undefined {
    const open = this.#open.get(id);
    clearTimeout(open?.timer);
    this.#open.delete(id);
    return open;
  }
}

function late(to: string | undefined): BridgeError {
  return unanswered("offline", `${plainName(to ?? "The server")} did not answer in time.`);
}

function unanswered(code: "offline" | "rate", message: string): BridgeError {
  return new BridgeError({ code, sent: "maybe", message, action: "none" });
}
