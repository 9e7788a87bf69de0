import { DOMAIN } from "../domains.ts";
import { compareBytes, concat, utf8 } from "../encoding/bytes.ts";
import { type Cbor, decodeCbor, encodeCbor, isList } from "../encoding/cbor.ts";
import { HomeportError, MalformedError } from "../errors.ts";
import type { Crypto } from "../ports.ts";
import { bytesField, intField } from "./fields.ts";
import { type Recipient, recipientFromCbor, recipientToCbor } from "./recipients.ts";

/** The first bytes of each backup; a later format has another number. */
const MAGIC = utf8("homeport-backup/1\n");
const MAGIC_STEM = utf8("homeport-backup/");
const VERSION = 1;
const MAC = 32;
const MAX_HEADER = 64 * 1024;
const MAX_RECIPIENTS = 16;

export interface BackupHeader {
  /** Milliseconds since 1970. */
  created: number;
  /** 32 bytes. */
  account: Uint8Array;
  recipients: readonly Recipient[];
}

/** Bytes of what comes before the length of the header, and of that length. */
export const PREAMBLE = MAGIC.length + 4;

/** Magic, length, header and its MAC: everything before the first chunk. */
export function encodeHead(crypto: Crypto, fileKey: Uint8Array, { created, account, recipients }: BackupHeader): Uint8Array {
  const header = encodeCbor([VERSION, created, account, recipients.map(recipientToCbor)]);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.length);
  const whole = concat(MAGIC, length, header);
  return concat(whole, crypto.mac(fileKey, DOMAIN.backupHeader, whole));
}

/** How many bytes the header and its MAC have. `preamble` has `PREAMBLE` bytes. Throws `not-a-backup`, `newer-backup`. */
export function restOfHead(preamble: Uint8Array): number {
  if (compareBytes(preamble.subarray(0, MAGIC_STEM.length), MAGIC_STEM) !== 0) throw foreign();
  if (compareBytes(preamble.subarray(0, MAGIC.length), MAGIC) !== 0) throw newer();
  const view = new DataView(preamble.buffer, preamble.byteOffset, preamble.byteLength);
  const length = view.getUint32(MAGIC.length);
  if (length === 0 || length > MAX_HEADER) throw damaged("its beginning was changed");
  return length + MAC;
}

/** `head` is all of it. Throws `newer-backup`, `damaged-backup`. Says nothing about who made it. */
export function decodeHead(head: Uint8Array): BackupHeader {
  try {
    return headerOf(decodeCbor(head.subarray(PREAMBLE, -MAC)));
  } catch (error) {
    if (error instanceof MalformedError) throw damaged("its beginning was changed", error);
    throw error;
  }
}

/** Throws `damaged-backup` where the head is not the one that was written with this key. */
export function checkHead(crypto: Crypto, fileKey: Uint8Array, head: Uint8Array): void {
  const mac = crypto.mac(fileKey, DOMAIN.backupHeader, head.subarray(0, -MAC));
  if (!crypto.equal(mac, head.subarray(-MAC))) throw damaged("its beginning was changed");
}

function headerOf(fields: Cbor): BackupHeader {
  if (!isList(fields)) throw new MalformedError("not a header");
  const [version, created, account, recipients] = fields;
  if (typeof version === "number" && version > VERSION) throw newer();
  if (version !== VERSION || !isList(recipients) || recipients.length > MAX_RECIPIENTS) throw new MalformedError("not a header");
  return {
    created: intField(created, 0, Number.MAX_SAFE_INTEGER),
    account: bytesField(account, 32),
    recipients: recipients.flatMap((recipient) => recipientFromCbor(recipient) ?? []),
  };
}

export const damaged = (what: string, cause?: unknown): HomeportError =>
  new HomeportError("damaged-backup", `This backup cannot be used: ${what}. Take another copy of it, or an older backup.`, { cause });

const foreign = (): HomeportError => new HomeportError("not-a-backup", "This file is not a backup of Homeport.");

const newer = (): HomeportError =>
  new HomeportError("newer-backup", "This backup was made by a newer Homeport. Install that version, or a later one, and try again.");
