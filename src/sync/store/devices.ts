import { standingOf, type AccountState } from "../account/resolve.ts";
import { verifyCertificate } from "../account/certificate.ts";
import type { DeviceRecord } from "../content/own.ts";
import type { Hlc } from "../core.ts";
import { sameBytes, toHex } from "../encoding/bytes.ts";
import { Listeners } from "../listeners.ts";
import { compareHlc } from "../log/hlc.ts";
import type { Crypto, Sql } from "../ports.ts";

export interface KnownDevice {
  device: Uint8Array;
  name: string;
  addresses: string[];
  certificate: Uint8Array;
  /** Transport key that the certificate names, 32 bytes (K2). */
  transport: Uint8Array;
  hlc: Hlc;
  /** Milliseconds since 1970; null for never. */
  lastSeen: number | null;
}

interface Row {
  device: Uint8Array;
  name: string;
  addresses: string;
  certificate: Uint8Array;
  transport: Uint8Array;
  hlc_ms: number;
  hlc_n: number;
  last_seen: number | null;
}

/** What is known of the person's devices: names, addresses, transport certificates. The newest statement holds. */
export class DeviceRecords {
  /** Something new is known of a device; told after the commit. */
  readonly changes = new Listeners<[device: Uint8Array]>();
  readonly #sql: Sql;
  readonly #crypto: Crypto;
  #byTransport: Map<string, KnownDevice> | undefined;

  constructor(sql: Sql, crypto: Crypto) {
    this.#sql = sql;
    this.#crypto = crypto;
  }

  forget(): void {
    this.#byTransport = undefined;
  }

  all(): KnownDevice[] {
    return [...this.#load().values()];
  }

  get(device: Uint8Array): KnownDevice | undefined {
    return this.all().find((known) => sameBytes(known.device, device));
  }

  /** Which device a transport key belongs to, where its standing lets it connect (F1, A7). */
  admittedByTransport(account: AccountState, transport: Uint8Array): KnownDevice | undefined {
    const known = this.#load().get(toHex(transport));
    return known && standingOf(account, known.device)?.state === "admitted" ? known : undefined;
  }

  /** False for a statement that is older than what is known, or whose certificate is not that device's own: it is ignored. */
  put(record: DeviceRecord, hlc: Hlc, now: number): boolean {
    const certificate = this.#check(record, now);
    const known = this.get(record.device);
    if (!certificate || (known && compareHlc(known.hlc, hlc) >= 0)) return false;
    this.#sql.run(
      `insert into device_record (device, name, addresses, certificate, transport, hlc_ms, hlc_n, last_seen) values (?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (device) do update set name = excluded.name, addresses = excluded.addresses, certificate = excluded.certificate,
         transport = excluded.transport, hlc_ms = excluded.hlc_ms, hlc_n = excluded.hlc_n`,
      ...[record.device, record.name, JSON.stringify(record.addresses), record.certificate, certificate.transport],
      ...[hlc.ms, hlc.n, known?.lastSeen ?? null],
    );
    this.forget();
    return true;
  }

  seen(device: Uint8Array, now: number): void {
    this.#sql.run("update device_record set last_seen = ? where device = ?", now, device);
    this.forget();
  }

  #check(record: DeviceRecord, now: number): { transport: Uint8Array } | undefined {
    try {
      const certificate = verifyCertificate(this.#crypto, record.certificate, now);
      return sameBytes(certificate.device, record.device) ? certificate : undefined;
    } catch {
      // Expired or malformed: as if nothing had been said.
      return undefined;
    }
  }

  #load(): Map<string, KnownDevice> {
    this.#byTransport ??= new Map(
      this.#sql
        .all<Row>("select device, name, addresses, certificate, transport, hlc_ms, hlc_n, last_seen from device_record")
        .map((row) => [toHex(row.transport), knownOf(row)]),
    );
    return this.#byTransport;
  }
}

function knownOf(row: Row): KnownDevice {
  const { device, name, certificate, transport } = row;
  const addresses = JSON.parse(row.addresses) as string[];
  return { device, name, addresses, certificate, transport, hlc: { ms: row.hlc_ms, n: row.hlc_n }, lastSeen: row.last_seen };
}
