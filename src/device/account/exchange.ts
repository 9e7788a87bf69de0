import type { AccountRecords } from "../../api/account.ts";
import { verifyCertificate } from "../../sync/account/certificate.ts";
import { sayBackupKey } from "../backup-key.ts";
import type { Device } from "../../sync/device.ts";
import { fromBase32, toBase32 } from "../../sync/encoding/base32.ts";
import { HomeportError, MalformedError } from "../../sync/errors.ts";
import { accountText } from "../../sync/log/public-id.ts";

/** All ops and what is needed to reach the devices: public, but nobody else's business. */
export function exportAccount(device: Device): AccountRecords {
  const records = device.records.all().filter(({ device: key }) => device.isAdmitted(key));
  return {
    format: "homeport-account/1",
    account: accountText(device.account.account),
    operations: device.ops.all().map(toBase32),
    devices: records.map(({ name, addresses, certificate }) => ({ name, addresses, certificate: toBase32(certificate) })),
  };
}

/**
 * Takes ops that came by hand, and records of devices that are in by them. Every op is checked like one of a peer, so that
 * nobody gains anything by who brings them. Throws `wrong-account`, or `malformed` for what can never be valid.
 */
export function importAccount(
  device: Device,
  { account, operations, devices, backupKey }: AccountRecords,
): { added: number; waiting: number } {
  if (account !== accountText(device.account.account))
    throw new HomeportError("wrong-account", "These are the operations of another account.");
  const added = asRefusal(() => device.addOps(operations.map(bytesOf)));
  for (const record of devices) asRefusal(() => remember(device, { ...record, certificate: bytesOf(record.certificate) }));
  if (backupKey) asRefusal(() => sayBackupKey(device, mapValues(backupKey, bytesOf)));
  return { added: added.length, waiting: device.ops.pending };
}

function remember(device: Device, { name, addresses, certificate }: { name: string; addresses: string[]; certificate: Uint8Array }): void {
  const { device: key } = verifyCertificate(device.crypto, certificate, device.now());
  if (!device.isAdmitted(key) || device.records.get(key)) return;
  // Whatever the device says of itself is newer.
  device.transact((writer) => device.records.put({ device: key, name, addresses, certificate }, { ms: 0, n: 1 }, writer.now()));
  device.records.changes.tell(key);
}

const mapValues = <K extends string, A, B>(map: Record<K, A>, change: (value: A) => B): Record<K, B> =>
  Object.fromEntries(Object.entries<A>(map).map(([key, value]) => [key, change(value)])) as Record<K, B>;

function bytesOf(text: string): Uint8Array {
  const bytes = fromBase32(text);
  if (bytes === undefined) throw new MalformedError("not base32");
  return bytes;
}

function asRefusal<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new HomeportError("malformed", `What was given is no part of an account: ${error.message}.`, { cause: error });
  }
}
