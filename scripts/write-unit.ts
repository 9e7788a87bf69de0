/** Writes config/homeport.service from the text that `homeport service install` writes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagedUnit } from "../src/node/service/packaged-unit.ts";

const target = join(import.meta.dirname, "..", "config", "homeport.service");
writeFileSync(target, packagedUnit());
console.log(`wrote ${target}`);
