import type { EntryAddress } from "../core.ts";
import { fromBase32, toBase32 } from "../encoding/base32.ts";
import { concat } from "../encoding/bytes.ts";

/**
 * What people and scripts see instead of bytes: a prefix that says what it is, and lower-case base32. The same on every
 * device. A message id names its place (conversation, feed, incarnation, seq), the long parts cut to 16 bytes.
 */
export const PREFIX = { account: "acc_", device: "dev_", conversation: "con_", message: "msg_", file: "fil_", operation: "op_" } as const;

const CUT = 16;

export const accountText = (id: Uint8Array): string => PREFIX.account + toBase32(id);
export const deviceText = (key: Uint8Array): string => PREFIX.device + toBase32(key);
export const operationText = (id: Uint8Array): string => PREFIX.operation + toBase32(id);
export const conversationText = (id: Uint8Array): string => PREFIX.conversation + toBase32(id);

export const fileText = (root: Uint8Array): string => PREFIX.file + toBase32(root);

/** The bytes after the prefix; undefined where the text is not such an id of 32 bytes. */
export function parseId(prefix: string, text: string): Uint8Array | undefined {
  const bytes = text.startsWith(prefix) ? fromBase32(text.slice(prefix.length)) : undefined;
  return bytes?.length === 32 ? bytes : undefined;
}

export function messageText(address: EntryAddress): string {
  const tail = new Uint8Array(6);
  new DataView(tail.buffer).setUint16(0, Math.floor(address.seq / 2 ** 32));
  new DataView(tail.buffer).setUint32(2, address.seq >>> 0);
  return PREFIX.message + toBase32(concat(address.conversation.subarray(0, CUT), address.feed.subarray(0, CUT), address.incarnation, tail));
}

/** A message id as written by `messageText`: prefixes of the conversation's id and of the feed. */
export interface MessageId {
  conversationPrefix: Uint8Array;
  feedPrefix: Uint8Array;
  incarnation: Uint8Array;
  seq: number;
}

export function parseMessageId(text: string): MessageId | undefined {
  const bytes = text.startsWith(PREFIX.message) ? fromBase32(text.slice(PREFIX.message.length)) : undefined;
  if (bytes?.length !== 2 * CUT + 8 + 6) return undefined;
  const tail = new DataView(bytes.buffer, bytes.byteOffset + 2 * CUT + 8, 6);
  return {
    conversationPrefix: bytes.subarray(0, CUT),
    feedPrefix: bytes.subarray(CUT, 2 * CUT),
    incarnation: bytes.subarray(2 * CUT, 2 * CUT + 8),
    seq: tail.getUint16(0) * 2 ** 32 + tail.getUint32(2),
  };
}
