import { CERTIFICATE_LIFE_MS, issueCertificate, verifyCertificate } from "../sync/account/certificate.ts";
import { KIND } from "../sync/content/kinds.ts";
import type { Device } from "../sync/device.ts";
import { sameBytes } from "../sync/encoding/bytes.ts";
import { MalformedError } from "../sync/errors.ts";
import type { KnownDevice } from "../sync/store/devices.ts";

/** This device's transport certificate: the one that is known, while it has long to go, else a new one of the next epoch. */
export async function ownCertificate(device: Device, transport: Uint8Array): Promise<Uint8Array> {
  const known = device.records.get(device.self);
  const current = known && checked(device, known.certificate);
  if (known && current && sameBytes(current.transport, transport) && current.expires - device.now() > CERTIFICATE_LIFE_MS / 2)
    return known.certificate;
  const epoch = (current?.epoch ?? 0) + 1;
  return issueCertificate(device.signer, { transport, epoch, expires: device.now() + CERTIFICATE_LIFE_MS });
}

/** Tells the own devices of this one's name, addresses and certificate, where something of it is new. */
export function publishOwnRecord(device: Device, record: { name: string; addresses: readonly string[]; certificate: Uint8Array }): void {
  if (isSame(device.records.get(device.self), record)) return;
  const { name, certificate } = record;
  const addresses = record.addresses.slice(0, 32);
  device.transact((writer) => writer.append(device.ownLog.row, KIND.device, { device: device.self, name, addresses, certificate }));
}

function isSame(known: KnownDevice | undefined, record: { name: string; addresses: readonly string[]; certificate: Uint8Array }): boolean {
  if (!known || known.name !== record.name || !sameBytes(known.certificate, record.certificate)) return false;
  return JSON.stringify(known.addresses) === JSON.stringify(record.addresses);
}

function checked(device: Device, certificate: Uint8Array) {
  try {
    return verifyCertificate(device.crypto, certificate, device.now());
  } catch (error) {
    // Expired: the next one is its successor all the same.
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
