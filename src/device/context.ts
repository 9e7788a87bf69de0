import type { CheckRow, Status } from "../api/status.ts";
import type { Files } from "../sync/files/files.ts";
import type { Device } from "../sync/device.ts";
import type { Sessions } from "../sync/session/sessions.ts";
import type { Notices } from "./account/notices.ts";
import type { BackupPort } from "./backup-port.ts";
import type { BridgeBoard } from "./bridge-board.ts";
import type { BulkPort } from "./bulk-port.ts";
import type { BridgePort } from "./bridge-port.ts";
import type { Moments } from "./moments.ts";
import type { Linking } from "./linking.ts";
import type { Search } from "./search.ts";
import type { Unlocker } from "./unlocking/unlocker.ts";

/** What a device is made of, for the handlers of its API. */
export interface HandlerContext {
  device: Device;
  sessions: Sessions;
  board: BridgeBoard;
  moments: Moments;
  linking: Linking;
  files: Files;
  bulk: BulkPort;
  search: Search;
  notices: Notices;
  /** Undefined where there is no disk for them. */
  backups: BackupPort | undefined;
  /** Undefined on a device that hosts no bridges. */
  bridges: BridgePort | undefined;
  unlocker: Unlocker;
  environment: Environment;
}

/** What only the place where the device runs can tell. */
export interface Environment {
  version: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  addresses(): string[];
  /** Bytes on disk. */
  storageBytes(): number;
  doctor(): Promise<CheckRow[]>;
  /** What seals the data at rest. */
  vault(): Status["vault"];
  app(): Status["app"];
}
