import { deviceProjections } from "../device/projections.ts";
import { type BridgesProjection, createBridgesProjection } from "../bridges/host/projection.ts";
import { createFilesProjection, type FilesProjection } from "../sync/files/projection.ts";
import { Device } from "../sync/device.ts";
import type { Log } from "../sync/log-port.ts";
import type { Crypto, Random } from "../sync/ports.ts";
import { CORE_MIGRATIONS } from "../sync/store/schema.ts";
import { systemClock } from "./clock.ts";
import { migrateWithCopy, removeCopy } from "./migration-copy.ts";
import { databasePath, type Profile } from "./profile-store.ts";

export interface MakeDevice {
  profile: Pick<Profile, "data" | "sql" | "signer" | "dataKey">;
  crypto: Crypto;
  random: Random;
  /** For a profile that is new: what makes this device a member of its account. */
  ops?: readonly Uint8Array[];
  log?: Log;
  bridges?: BridgesProjection;
  files?: FilesProjection;
}

/** The core over a profile, with all tables that a node has. */
export function makeDevice({
  profile,
  crypto,
  random,
  ops,
  log = () => undefined,
  bridges = createBridgesProjection(random),
  files = createFilesProjection(),
}: MakeDevice): Device {
  const { sql, signer, dataKey, data } = profile;
  const projections = deviceProjections(crypto, files, bridges);
  const database = databasePath(data);
  if (!ops) migrateWithCopy(sql, database, [{ name: "core", migrations: CORE_MIGRATIONS }, ...projections]);
  removeCopy(database);
  const base = {
    sql,
    crypto,
    random,
    clock: systemClock,
    signer,
    dataKey,
    projections,
    log,
  };
  return Device.open(ops ? { ...base, ops } : base);
}
