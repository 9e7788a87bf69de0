#!/usr/bin/env node
// Plain JavaScript for Node 12 and newer: it finds a Node that can run Homeport, and hands over to it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const NEEDED = 24;
const here = fileURLToPath(import.meta.url);
const root = join(here, "..", "..");

// Node strips types everywhere but under node_modules, where the published package with its compiled code lies.
const source = join(root, "src", "cli", "main.ts");
const main = existsSync(source) && !/[\\/]node_modules[\\/]/.test(root) ? source : join(root, "dist", "cli", "main.js");

if (Number(process.versions.node.split(".")[0]) >= NEEDED) run();
else handOver();

function run() {
  // Compiled code is kept where nobody else can put some of theirs.
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), process.platform === "darwin" ? "Library/Caches" : ".cache");
  if (process.platform !== "win32" && module.enableCompileCache) module.enableCompileCache(join(cache, "homeport", "compiled"));
  import(pathToFileURL(main).href).catch(function (/** @type {unknown} */ error) {
    console.error(error);
    process.exit(1);
  });
}

function handOver() {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const newer = join(root, "node_modules", "node", "bin", name);
  if (!existsSync(newer) || process.env.HOMEPORT_HANDED_OVER) {
    console.error(
      "Homeport needs Node " +
        NEEDED +
        " or newer, and this is " +
        process.version +
        ". Install it from https://nodejs.org, " +
        "or run `npm ci` in a checkout of Homeport, which brings its own.",
    );
    process.exit(1);
  }
  // Before the child is there: none must come too early.
  ["SIGINT", "SIGTERM", "SIGHUP"].forEach(function (signal) {
    process.on(signal, function () {
      // The terminal sends SIGINT to both; the others come only here.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  });
  // The channel tells the child when this process is killed and can pass no signal on.
  const child = spawn(newer, [here].concat(process.argv.slice(2)), {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: Object.assign({}, process.env, { HOMEPORT_HANDED_OVER: "1" }),
  });
  child.on("error", function (error) {
    console.error("Homeport could not start " + newer + ": " + error.message);
    process.exit(1);
  });
  child.on("exit", function (code, signal) {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
