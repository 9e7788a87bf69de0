import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Command, Manifest, PluginFactory } from "../../../src/bridges/contract/index.ts";
import { IrcPlugin } from "../../../src/bridges/irc/irc-plugin.ts";
import { SYSTEM, type Timings, type World } from "../../../src/bridges/irc/world.ts";
import { InProcess } from "../../servers/plugin-under-test.ts";

export const manifest = JSON.parse(readFileSync(new URL("../../../src/bridges/irc/manifest.json", import.meta.url), "utf8")) as Manifest;

/** Waiting times that a test can wait for; the relations between them are those of the real ones. */
const QUICK: Timings = {
  registration: 2_000,
  idle: 10_000,
  pong: 5_000,
  nudge: 10_000,
  turn: 2_000,
  delivery: 1_000,
  answer: 3_000,
  join: 500,
  open: 2_000,
  rejoin: { firstMs: 100, maxMs: 400 },
  reclaim: 150,
  reconnect: { firstMs: 50, maxMs: 200 },
  reconnectLater: { firstMs: 400, maxMs: 800 },
  stable: 60_000,
  heard: 100,
  ingest: { firstMs: 10, maxMs: 100 },
};

export function world(changes: Partial<World> = {}, timings: Partial<Timings> = {}): World {
  return { ...SYSTEM, ...changes, timings: { ...QUICK, ...timings } };
}

export function ircFactory(of: World = world()): PluginFactory {
  return (host) => new IrcPlugin(host, of);
}

/** An account at a server on 127.0.0.1 without TLS. */
export function plainAccount(port: number, config: Record<string, string> = {}) {
  return {
    manifest,
    network: "irc",
    module: "src/bridges/irc/index.ts",
    config: { host: "127.0.0.1", port: String(port), tls: "no", nick: "alice", flood_burst: "100", flood_interval: "1", ...config },
    policy: { tls: { allowUnverified: false } },
  };
}

export function inProcess(port: number, config: Record<string, string> = {}, of: World = world()): InProcess {
  return new InProcess(plainAccount(port, config), ircFactory(of));
}

type Send = Extract<Command, { op: "send" }>;

export function say(conv: string, text: string, changes: Partial<Send> = {}): Send {
  return { ...common(conv), op: "send", style: "text", body: { text }, ...changes };
}

export function topic(conv: string, text: string): Command {
  return { ...common(conv), op: "topic", topic: text };
}

function common(conv: string) {
  return { txn: randomBytes(16).toString("base64url"), conv, attempt: 1, createdAt: Date.now(), minLabel: "plaintext" } as const;
}

export const quietly = new AbortController().signal;
