import { BridgeError, cleanText } from "../kit/index.ts";

/** An address (RFC 7622). A bare one has no resource. */
export interface Jid {
  local: string;
  domain: string;
  resource: string;
}

/** By the contract an id has at most 512 bytes. */
const MAX_BYTES = 500;
const NOT_IN_LOCAL = /[\s"&'/:<>@\p{Cc}]/u;
const DOMAIN = /^[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?\.?$|^\[[0-9a-fA-F:.]+\]$/u;

/** Undefined for what is no address, or too long. Local part and domain are compared without case, resources are not. */
export function parseJid(text: string | undefined): Jid | undefined {
  if (text === undefined || text === "" || Buffer.byteLength(text) > MAX_BYTES) return undefined;
  const slash = text.indexOf("/");
  const bare = slash < 0 ? text : text.slice(0, slash);
  const resource = slash < 0 ? "" : text.slice(slash + 1);
  const at = bare.indexOf("@");
  const local = at < 0 ? "" : fold(bare.slice(0, at));
  const domain = fold(bare.slice(at + 1)).replace(/\.$/, "");
  if (at === 0 || (slash >= 0 && resource === "") || NOT_IN_LOCAL.test(local) || !DOMAIN.test(domain)) return undefined;
  return { local, domain, resource };
}

const fold = (part: string): string => part.normalize("NFKC").toLowerCase();

export function bareOf({ local, domain }: Jid): string {
  return local === "" ? domain : `${local}@${domain}`;
}

function fullOf(jid: Jid): string {
  return jid.resource === "" ? bareOf(jid) : `${bareOf(jid)}/${jid.resource}`;
}

/** The bare address of an attribute; undefined where it holds none. */
export function bareAddress(text: string | undefined): string | undefined {
  const jid = parseJid(text);
  return jid && bareOf(jid);
}

/** An address as it is compared; undefined where it is none. */
export function address(text: string | undefined): string | undefined {
  const jid = parseJid(text);
  return jid && fullOf(jid);
}

/** A name that the network gave, so that it cannot disturb the words around it. */
export function plainName(name: string, limit = 200): string {
  return cleanText(name, limit);
}

/** What a person typed, `xmpp:` in front or not. Throws a `BridgeError`. */
export function typedJid(text: string): Jid {
  const trimmed = text
    .trim()
    .replace(/^xmpp:/i, "")
    .replace(/\?.*$/s, "");
  const jid = parseJid(trimmed);
  if (jid?.local) return jid;
  const message = `${plainName(trimmed) || "This"} is not an address such as name@example.org.`;
  throw new BridgeError({ code: "unsupported", sent: "no", message, action: "none" });
}
