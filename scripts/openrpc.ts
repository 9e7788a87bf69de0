/** Prints docs/openrpc.json: `node scripts/openrpc.ts > docs/openrpc.json`. */
import { readFile } from "node:fs/promises";
import { openrpcDocument } from "../src/api/openrpc.ts";

const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
process.stdout.write(`${JSON.stringify(openrpcDocument(version), null, 2)}\n`);
