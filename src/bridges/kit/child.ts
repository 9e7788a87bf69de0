/**
 * What a bridge's child process runs: `child.ts MODULE`. Loads the plugin's module, a path, and serves its plugin to the
 * host on descriptor 3 until that closes. With `--warm MODULE` it only loads everything and fills the compile cache.
 */
import { flushCompileCache } from "node:module";
import { pathToFileURL } from "node:url";
import type { PluginFactory } from "../contract/index.ts";
import { connectHost, type HostConnection } from "./connect-host.ts";

const HOST_FD = 3;
/** Milliseconds that the last words may take. */
const LAST_WORDS = 500;

async function loadFactory(path: string): Promise<PluginFactory> {
  const module = (await import(pathToFileURL(path).href)) as { plugin?: unknown };
  if (typeof module.plugin !== "function") throw new TypeError("the module exports no function called plugin");
  return module.plugin as PluginFactory;
}

async function serve(path: string): Promise<void> {
  const connection = connectHost(HOST_FD);
  const die = (what: string, error: unknown): void => exitWith(connection, `${what}: ${describe(error)}`);
  process.on("uncaughtException", (error) => die("uncaught error", error));
  process.on("unhandledRejection", (error) => die("unhandled rejection", error));
  process.on("SIGTERM", () => process.exit(0));
  void connection.closed.then((reason) => {
    if (reason.name === "WireError") process.stderr.write(`the host broke the protocol: ${reason.message}\n`);
    process.exit(reason.name === "WireError" ? 1 : 0);
  });
  const factory = await loadFactory(path);
  connection.serve(factory(connection.host));
}

function exitWith(connection: HostConnection, words: string): void {
  process.exitCode = 1;
  setTimeout(() => process.exit(1), LAST_WORDS);
  void connection.fatal(words).then(() => setImmediate(() => process.exit(1)));
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const [first, second] = process.argv.slice(2);
if (first === "--warm" && second !== undefined) {
  await loadFactory(second);
  flushCompileCache();
} else if (first !== undefined) {
  await serve(first);
} else {
  throw new TypeError("the plugin's module is missing");
}
