import { closeSync, writeSync } from "node:fs";
import { encode } from "cborg";
import type { Batch, PluginFactory } from "../../../src/bridges/contract/index.ts";
import type { SecurityFacts } from "../../../src/security-labels/index.ts";
import { wellBehaved } from "./base.ts";

const SEC: SecurityFacts = {
  link: { kind: "tls", verified: true, version: "TLSv1.3", server: "bank.example", measuredBy: "host" },
  source: "live",
};

const frame = (value: unknown): Buffer => {
  const body = encode(value);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(body.length + 1, 0);
  return Buffer.concat([header, body]);
};

/** Past the kit, straight to the descriptor; waits where the socket is full. */
function raw(bytes: Buffer): void {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(3, rest));
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
    }
  }
}

const note = (method: string, params: unknown): Buffer => frame([5, method, params]);
let id = 1_000_000;
const call = (method: string, params: unknown): Buffer => frame([1, id++, method, params]);
const forEver = (bytes: () => Buffer): void => {
  for (;;) raw(bytes());
};
const message = (changes: object): Batch => ({
  source: "live",
  events: [{ kind: "message", conv: "#c", key: "k", ts: 1, sec: SEC, id: "m", style: "text", body: { text: "x" }, ...changes }],
});

const ABUSES: Record<string, () => unknown> = {
  "flood of log lines": () =>
    forEver(() => Buffer.concat(Array.from({ length: 500 }, () => note("log", { level: "info", message: "x".repeat(100) })))),
  "flood of calls": () => forEver(() => call("lookup", { txn: "t" })),
  "giant frame": () => raw(Buffer.from("7fffffff00", "hex")),
  "endless bytes": () => forEver(() => Buffer.alloc(1 << 20, 0x41)),
  "frame that is not CBOR": () => raw(Buffer.from("0000000400ffffff", "hex")),
  "deep nesting": () => raw(Buffer.concat([Buffer.from("000f424100", "hex"), Buffer.alloc(1_000_000, 0x81)])),
  "unknown call": () => raw(call("shutdown", null)),
  "unknown message": () => raw(note("reboot", null)),
  "batch of 501": () =>
    raw(call("ingest", { source: "live", events: Array.from({ length: 501 }, (_, i) => message({ key: `k${i}` }).events[0]) })),
  "event of an unknown kind": () => raw(call("ingest", message({ kind: "rootkit" }))),
  "id of a megabyte": () => raw(call("ingest", message({ id: "x".repeat(900_000) }))),
  "port 70000": () => raw(call("dial", { stream: 1, host: "a", port: 70_000, tls: "none" })),
  "stream out of nowhere": () => raw(Buffer.from("0000000601000000ff00", "hex")),
  "answer to no question": () => raw(frame([2, 77, null])),
  "state that is not one": () => raw(note("state", { state: "enlightened" })),
  "closed descriptor": () => closeSync(3),
};

export const plugin: PluginFactory = (host) =>
  wellBehaved(host, {
    open: async (abuse) => {
      setImmediate(() => ABUSES[abuse]?.());
      return new Promise(() => {});
    },
    split: async (_conv, what) => {
      if (what === "claim") await host.ingest(message({}));
      if (what === "long words") await host.ingest(message({ body: { text: "x".repeat(200_000) } }));
      if (what === "shout") for (let i = 0; i < 100_000; i++) process.stderr.write(`${"x".repeat(1_000)}\n`);
      if (what === "wrong result") return { not: "an array" } as unknown as string[];
      if (what === "quarantine") host.state({ state: "quarantined" });
      return [];
    },
    list: async () => [{ nonsense: true }] as never,
  });
