import { plainName } from "./jids.ts";
import { NS } from "./ns.ts";
import type { Element } from "./xml.ts";

const KNOWN: Record<string, string> = {
  "eu.siacs.conversations.axolotl": "OMEMO",
  "urn:xmpp:omemo:1": "OMEMO",
  "urn:xmpp:omemo:2": "OMEMO",
  "jabber:x:encrypted": "OpenPGP",
  "urn:xmpp:openpgp:0": "OpenPGP",
  "urn:xmpp:otr:0": "OTR",
};

/** Elements that hold an encrypted text; XEP-0380 says the same in one place, where it is used. */
const ENVELOPES: [name: string, xmlns: string][] = [
  ["encrypted", "eu.siacs.conversations.axolotl"],
  ["encrypted", "urn:xmpp:omemo:1"],
  ["encrypted", "urn:xmpp:omemo:2"],
  ["x", "jabber:x:encrypted"],
  ["openpgp", "urn:xmpp:openpgp:0"],
];

/** How the message is encrypted, in the words of its makers; undefined where its body is its text. */
export function encryptionOf(message: Element, body: string | undefined): string | undefined {
  const envelope = ENVELOPES.find(([name, xmlns]) => message.getChild(name, xmlns));
  if (envelope) return KNOWN[envelope[1]];
  const said = message.getChild("encryption", NS.encryption)?.attrs;
  if (said) return KNOWN[said["namespace"] ?? ""] ?? (plainName(said["name"] ?? "", 40) || "an unknown method");
  return body?.startsWith("?OTR") ? "OTR" : undefined;
}

/** What is shown in its place. An OMEMO message without text only moves keys, and is no message to anybody. */
export function unreadable(method: string): string {
  return `Encrypted with ${method}: this bridge cannot read it.`;
}
