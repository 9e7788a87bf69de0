import { backupProjection } from "../sync/backup/projection.ts";
import type { Projection } from "../sync/core.ts";
import type { FilesProjection } from "../sync/files/projection.ts";
import type { Crypto } from "../sync/ports.ts";
import { searchProjection } from "../sync/search/projection.ts";
import { accountProjection } from "./account/projection.ts";
import { pushProjection } from "./push/projection.ts";
import { retirementTable } from "./retirement.ts";
import { unlockingProjection } from "./unlocking/projection.ts";
import { viewsProjection } from "./views/projection.ts";

/** What every device keeps beside the log, wherever it runs. `more`: of what only some devices have, e.g. bridges. */
export function deviceProjections(crypto: Crypto, files: FilesProjection, ...more: Projection[]): Projection[] {
  return [
    viewsProjection,
    accountProjection,
    searchProjection,
    backupProjection(crypto),
    ...more,
    files,
    unlockingProjection,
    pushProjection,
    retirementTable,
  ];
}
