/** Writes config/config.schema.json from the schema by which the configuration file is read. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configJsonSchema } from "../src/node/config-schema.ts";

const target = join(import.meta.dirname, "..", "config", "config.schema.json");
writeFileSync(target, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
console.log(`wrote ${target}`);
