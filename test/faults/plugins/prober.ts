import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import type { PluginFactory } from "../../../src/bridges/contract/index.ts";
import { BridgeError } from "../../../src/bridges/kit/index.ts";
import { wellBehaved } from "./base.ts";

type Attempt = (argument: string) => unknown;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function knock(port: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.once("connect", () => resolve("connected"));
    socket.once("error", reject);
    setTimeout(() => reject(new Error("timed out")), 3_000).unref();
  });
}

async function openDatabase(path: string): Promise<string> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  return JSON.stringify(database.prepare("select name from sqlite_master").all());
}

function childOutput(program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [], { stdio: "ignore" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(`exit ${code}`));
  });
}

/** What a plugin may try; `split(attempt, argument)` tells what came of it. */
export const plugin: PluginFactory = (host) => {
  const attempts: Record<string, Attempt> = {
    read: (path) => readFileSync(path, "utf8"),
    list: (path) => readdirSync(path),
    write: (path) => writeFileSync(path, "here"),
    sqlite: openDatabase,
    knock,
    spawn: childOutput,
    worker: () => new Worker("0", { eval: true }),
    environment: () => ({ ...process.env }),
    arguments: () => process.argv,
    pid: () => process.pid,
    kill: (pid) => process.kill(Number(pid), 0),
    addon: (path) => process.dlopen({ exports: {} }, path),
    dial: async (target) => {
      const { stream, link } = await host.dial(JSON.parse(target));
      stream.destroy();
      return link;
    },
  };
  return wellBehaved(host, {
    split: async (name, argument) => {
      try {
        return [JSON.stringify({ ok: (await attempts[name]?.(argument)) ?? null })];
      } catch (error) {
        const code = error instanceof BridgeError ? error.data.code : ((error as { code?: unknown }).code ?? "none");
        return [JSON.stringify({ error: messageOf(error), code })];
      }
    },
  });
};
