/** A host of its own: starts a plugin, tells the pids and waits to be killed. `--bare`: without bwrap. */
import { isolation, NOT_ISOLATED, running } from "./harness.ts";

const bare = process.argv.includes("--bare");
const started = await running("quiet", bare ? NOT_ISOLATED : await isolation());
process.stdout.write(`${JSON.stringify({ pids: started.process.tree, folder: started.folder })}\n`);
setInterval(() => {}, 1_000);
