import { verifyCertificate } from "../sync/account/certificate.ts";
import type { Device } from "../sync/device.ts";
import { sameBytes } from "../sync/encoding/bytes.ts";
import { MalformedError } from "../sync/errors.ts";
import type { JoinResult } from "../sync/linking/joiner.ts";

export interface OwnPart {
  name: string;
  /** Own transport certificate (K2). */
  certificate: Uint8Array;
  /** Where the sponsor was reached. */
  addresses: readonly string[];
}

/** What a device that was just linked has to know to reach the others; the log tells more as soon as it is connected (K5). */
export function rememberOthers(
  device: Device,
  { sponsor, certificates }: JoinResult,
  { name, certificate: own, addresses }: OwnPart,
): void {
  device.transact((writer) => {
    for (const certificate of certificates) {
      const key = deviceOf(device, certificate);
      if (!key || sameBytes(key, device.self)) continue;
      const known = sameBytes(key, sponsor.device) ? [...addresses] : [];
      device.records.put({ device: key, name: "", addresses: known, certificate }, { ms: 0, n: 1 }, writer.now());
    }
    device.records.put({ device: device.self, name, addresses: [], certificate: own }, { ms: 0, n: 1 }, writer.now());
  });
}

function deviceOf(device: Device, certificate: Uint8Array): Uint8Array | undefined {
  try {
    return verifyCertificate(device.crypto, certificate, device.now()).device;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
