/** `migrate.ts DATABASE`: brings it to the newest version as the node does. */
import { migrateWithCopy, removeCopy } from "../../../src/node/migration-copy.ts";
import { openSqlite } from "../../../src/node/sqlite.ts";
import { NEW } from "./components.ts";

const path = process.argv[2] as string;
const sql = openSqlite(path);
process.stdout.write("open\n");
migrateWithCopy(sql, path, NEW);
removeCopy(path);
sql.close();
process.stdout.write("done\n");
