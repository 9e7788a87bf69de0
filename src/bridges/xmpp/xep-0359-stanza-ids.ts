import { createHash } from "node:crypto";
import type { MsgId, TxnId } from "../contract/index.ts";
import { bareAddress } from "./jids.ts";
import { NS } from "./ns.ts";
import type { Element } from "./xml.ts";

/** By the contract an id has at most 512 bytes; two of these and what joins them fit. */
const MAX_PART = 200;

/** The id under which `archive` keeps the message: only that archive may give it, whatever else a stanza says. */
export function archiveIdIn(stanza: Element, archive: string): string | undefined {
  const ids = stanza.getChildren("stanza-id", NS.sid).filter(({ attrs }) => bareAddress(attrs["by"]) === archive);
  return ids.length === 1 ? ids[0]?.attrs["id"] || undefined : undefined;
}

/** What the sender's program calls the message. Where a server rewrites ids, `origin-id` is what is left. */
export function wireIdOf(stanza: Element): string | undefined {
  return stanza.getChild("origin-id", NS.sid)?.attrs["id"] || stanza.attrs["id"] || undefined;
}

/** Ids that are too long stand for themselves by their hash, and are not known to the network under it. */
function short(id: string): string {
  return Buffer.byteLength(id) <= MAX_PART ? id : `sha256:${createHash("sha256").update(id).digest("base64url")}`;
}

/** The name of a message at the host: what the archive calls it, if there is one, and what its sender does. */
export function messageName(archiveId: string | undefined, wireId: string | undefined): MsgId {
  return `${short(archiveId ?? "").replaceAll("|", "%7C")}|${short(wireId ?? "")}`;
}

/** Both halves of it again; undefined where there is none, or where it had to be shortened. */
export function namesIn(name: MsgId): { archiveId: string | undefined; wireId: string | undefined } {
  const bar = name.indexOf("|");
  const known = (id: string) => (id === "" || id.startsWith("sha256:") ? undefined : id);
  return { archiveId: known(name.slice(0, bar).replaceAll("%7C", "|")), wireId: known(name.slice(bar + 1)) };
}

/** By what the archive calls it: the key of everything that an archive has. */
export const byArchive = (archiveId: string): MsgId => `a:${short(archiveId)}`;
/** By what the sender calls it, whoever that is: senders may use the same name twice. */
export const byWire = (wireId: string): MsgId => `w:${short(wireId)}`;
/** By either name, and only if it is this sender's. */
export const bySender = (sender: string, id: string): MsgId => `s:${short(sender)}|${short(id)}`;

/** Ours carry the host's transaction. */
export function txnIn(stanza: Element): TxnId | undefined {
  return [stanza.getChild("origin-id", NS.sid)?.attrs["id"], stanza.attrs["id"]].find((id) => id !== undefined && /^[\w-]{22}$/.test(id));
}

/** XEP-0421: who it is in the room, whatever the nick. */
export function occupantIdOf(stanza: Element): string | undefined {
  return stanza.getChild("occupant-id", NS.occupant)?.attrs["id"] || undefined;
}
