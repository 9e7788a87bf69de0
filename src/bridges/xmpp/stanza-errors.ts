import type { BridgeErrorData } from "../contract/index.ts";
import { BridgeError } from "../kit/index.ts";
import { plainName } from "./jids.ts";
import { NS } from "./ns.ts";
import { childText, type Element } from "./xml.ts";

/** RFC 6120, 8.3.3: conditions, in words; `%` is whom it was sent to. */
const WORDS: Record<string, [BridgeErrorData["code"], string]> = {
  "bad-request": ["internal", "The server did not understand the request."],
  conflict: ["forbidden", "The name is taken in %."],
  "feature-not-implemented": ["unsupported", "% cannot do this."],
  forbidden: ["forbidden", "% does not allow this."],
  gone: ["not-found", "% is not there any more."],
  "internal-server-error": ["offline", "The server of % has a fault."],
  "item-not-found": ["not-found", "There is no %."],
  "jid-malformed": ["not-found", "% is no address."],
  "not-acceptable": ["forbidden", "% does not accept this."],
  "not-allowed": ["forbidden", "% does not allow this."],
  "not-authorized": ["forbidden", "% needs a password: give it behind the address."],
  "payment-required": ["forbidden", "% wants to be paid."],
  "policy-violation": ["forbidden", "% does not take this: it breaks a rule there."],
  "recipient-unavailable": ["not-found", "% is not there at the moment."],
  "registration-required": ["forbidden", "% is open to members only."],
  "remote-server-not-found": ["not-found", "The server of % cannot be found."],
  "remote-server-timeout": ["offline", "The server of % does not answer."],
  "resource-constraint": ["rate", "The server has too much to do."],
  "service-unavailable": ["not-found", "% is not there, or takes no messages."],
  "subscription-required": ["forbidden", "% takes this from its contacts only."],
};

/** What a stanza of type `error` says. */
export class StanzaError extends BridgeError {
  readonly condition: string;
  constructor(condition: string, data: BridgeErrorData) {
    super(data);
    this.condition = condition;
  }
}

/** `to`: whom we had written to. */
export function stanzaError(stanza: Element, to: string): StanzaError {
  const error = stanza.getChild("error");
  const children = error?.getChildElements() ?? [];
  const condition =
    children.find((child) => child.getNS() === NS.stanzas && child.getName() !== "text")?.getName() ?? "undefined-condition";
  const [code, words] = Object.hasOwn(WORDS, condition) ? (WORDS[condition] as [BridgeErrorData["code"], string]) : UNKNOWN;
  const theirs = plainName(childText(error, "text", NS.stanzas) ?? "");
  const message = words.replace("%", plainName(to)) + (theirs === "" ? "" : ` It says: ${theirs}`);
  return new StanzaError(condition, { code, sent: "no", message, action: "none" });
}

const UNKNOWN: [BridgeErrorData["code"], string] = ["forbidden", "% refused."];
