import type { Caps, ConvId, ConvInfo } from "../contract/index.ts";
import { parseJid, plainName } from "./jids.ts";

/** Bytes of UTF-8 in one message. Servers take stanzas of 10,000 bytes at least (RFC 6120, 13.12), and nearly all of them 256 KiB. */
export const MAX_TEXT_BYTES = 32 * 1024;

const FULL = 2;
const PARTLY = 1;
const NEVER = -2;

function capsOf(kind: Caps["kind"], about: { archive: boolean }): Caps {
  const room = kind !== "direct";
  return {
    rev: `${kind}:${about.archive ? "archive" : "live"}:1`,
    kind,
    text: { maxBytes: MAX_TEXT_BYTES, formats: ["plain"] },
    edit: FULL,
    delete: FULL,
    reply: FULL,
    thread: NEVER,
    reactions: FULL,
    typing: room ? PARTLY : FULL,
    read: room ? PARTLY : FULL,
    presence: PARTLY,
    topic: room ? FULL : NEVER,
    members: room ? FULL : NEVER,
    files: NEVER,
    history: about.archive ? FULL : NEVER,
    rate: { burst: 100, perSecond: 50 },
  };
}

export interface Describing {
  name?: string | undefined;
  topic?: string | undefined;
  isRoom: boolean;
  archive: boolean;
}

export function describe(id: ConvId, state: ConvInfo["state"], { name, topic, isRoom, archive }: Describing): ConvInfo {
  const caps = capsOf(isRoom ? "channel" : "direct", { archive });
  const url = `xmpp:${encodeURI(id)}${isRoom ? "?join" : ""}`;
  return { id, name: plainName(name || nameOf(id)), caps, state, url, ...(topic === undefined ? {} : { topic }) };
}

/** Inside of a room people are called by their nick, elsewhere by their address. */
export function nameOf(id: string): string {
  const jid = parseJid(id);
  return jid?.resource || id;
}
