import type { CheckRow } from "../../api/status.ts";
import type { Isolation } from "../../bridges/host/process/index.ts";
import type { Device } from "../../sync/device.ts";
import type { ClockWatch } from "./clock-watch.ts";
import { checkClock } from "./clock.ts";
import type { PeerClocks } from "../../sync/session/peer-clocks.ts";
import { checkDatabase, checkDisk, checkFiles, checkMigration } from "./disk.ts";
import { type AppBuild, checkApp } from "../web/app-build.ts";
import { checkAddresses, checkPorts } from "./network.ts";
import { checkService } from "./service.ts";

export interface DoctorParts {
  data: string;
  device: Device;
  /** What the vault protects from, in words. */
  protects: string;
  isolation: Isolation;
  clock: ClockWatch;
  peerClocks: PeerClocks;
  /** Multiaddrs. */
  addresses(): string[];
  /** Undefined where it was not built. */
  app: AppBuild | undefined;
  env: Readonly<Record<string, string | undefined>>;
}

/** The oldest Node that is supported, and the one after the newest that was tried. */
const OLDEST_NODE = 24;
const UNTRIED_NODE = 27;

/** What commonly goes wrong with a node, looked at while it runs. */
export async function examine(parts: DoctorParts): Promise<CheckRow[]> {
  const { data, device, env } = parts;
  return [
    node(process.versions.node),
    await checkDisk(data),
    await checkFiles(data),
    checkDatabase(device.sql),
    checkMigration(data),
    checkClock(device, parts.clock, parts.peerClocks.verdict),
    isolation(parts.isolation),
    checkAddresses(parts.addresses()),
    await checkPorts(parts.addresses()),
    { check: "vault", ok: true, message: parts.protects },
    checkApp(parts.app),
    checkService({ data, env }),
  ];
}

function node(version: string): CheckRow {
  const major = Number(version.split(".")[0]);
  if (major >= OLDEST_NODE && major < UNTRIED_NODE) return { check: "node", ok: true, message: `It runs on Node ${version}.` };
  return {
    check: "node",
    ok: false,
    message: `It runs on Node ${version}, with which it was not tried.`,
    fix: `Use Node ${OLDEST_NODE} (the long-term version).`,
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
