import { statfs } from "node:fs/promises";
import type { CheckRow } from "../api/status.ts";
import type { Isolation } from "../bridges/host/process/index.ts";
import type { Sql } from "../sync/ports.ts";

const LEAST_FREE = 256 * 1024 * 1024;

export interface DoctorParts {
  data: string;
  sql: Sql;
  vaultKind: string;
  isolation: Isolation;
  addresses(): string[];
}

const VAULT_WORDS: Readonly<Record<string, string>> = {
  file: "The data key lies in a file beside the database: this protects a copy of the database alone, not from who can read the whole folder.",
  passphrase: "The data key is sealed by your passphrase: what is at rest is as safe as the passphrase is good.",
};

/** What commonly goes wrong with a node, looked at while it runs. */
export async function examine(parts: DoctorParts): Promise<CheckRow[]> {
  return [await disk(parts.data), database(parts.sql), isolation(parts.isolation), addresses(parts.addresses()), vault(parts.vaultKind)];
}

async function disk(data: string): Promise<CheckRow> {
  const { bavail, bsize } = await statfs(data);
  const free = bavail * bsize;
  const megabytes = Math.floor(free / 1024 / 1024);
  if (free >= LEAST_FREE) return { check: "disk", ok: true, message: `${megabytes} MB are free.` };
  return {
    check: "disk",
    ok: false,
    message: `Only ${megabytes} MB are free.`,
    fix: "Free some space: nothing new can be stored on a full disk.",
  };
}

function database(sql: Sql): CheckRow {
  const result = sql.get<{ quick_check: string }>("pragma quick_check(1)")?.quick_check;
  if (result === "ok") return { check: "database", ok: true, message: "The database is sound." };
  return {
    check: "database",
    ok: false,
    message: "The database is damaged.",
    fix: "Stop Homeport, keep a copy of the folder, and link this device again.",
  };
}

function isolation(found: Isolation): CheckRow {
  if (found.isolated) return { check: "isolation", ok: true, message: "Bridge plugins run isolated, without a network of their own." };
  return {
    check: "isolation",
    ok: false,
    message: `Bridge plugins are not isolated. ${found.reason}`,
    fix: "Install bubblewrap, and allow unprivileged user namespaces.",
  };
}

function addresses(list: readonly string[]): CheckRow {
  const elsewhere = list.filter((address) => !/^\/ip4\/127\.|^\/ip6\/::1\//.test(address));
  if (elsewhere.length > 0)
    return { check: "addresses", ok: true, message: `Other devices reach this one at ${elsewhere.length} address(es) of this network.` };
  return {
    check: "addresses",
    ok: false,
    message: "Other devices cannot reach this one.",
    fix: "Connect to a network, or give --listen an address that others can reach.",
  };
}

function vault(kind: string): CheckRow {
  return { check: "vault", ok: true, message: VAULT_WORDS[kind] ?? `The vault is of the kind "${kind}".` };
}
