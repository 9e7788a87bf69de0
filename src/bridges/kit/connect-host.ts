import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Host, Plugin } from "../contract/index.ts";
import { BridgeError } from "./bridge-error.ts";
import { hostOverWire } from "./host-over-wire.ts";
import { callPlugin } from "./serve-plugin.ts";
import { Connection } from "./wire/connection.ts";

export interface HostConnection {
  host: Host;
  /** From now on the host's calls reach this plugin; tells the host that it is ready. */
  serve(plugin: Plugin): void;
  /** The last words, on an uncaught error; resolves once they are written. */
  fatal(message: string): Promise<void>;
  /** Settles with why, when the host is gone or broke the protocol. */
  closed: Promise<Error>;
}

/** The contract's `Host` over an inherited descriptor (one end of a socket pair), or any duplex stream in its place. */
export function connectHost(wire: number | Duplex): HostConnection {
  let served: Plugin | undefined;
  const connection = new Connection(typeof wire === "number" ? new Socket({ fd: wire, readable: true, writable: true }) : wire, {
    serve: async (method, params, signal) => {
      if (served === undefined) throw new BridgeError({ code: "offline", sent: "no", message: "The plugin is not loaded yet." });
      return callPlugin(served, method, params, signal);
    },
    note: () => undefined,
    clock: { now: () => performance.now(), after: cancellableTimer },
  });
  return {
    host: hostOverWire(connection, () => performance.now()),
    serve: (plugin) => {
      served = plugin;
      connection.note("hello", { contract: 1 });
    },
    fatal: (message) => new Promise((written) => connection.note("fatal", { message: message.slice(0, 1_000) }, written)),
    closed: connection.closed,
  };
}

function cancellableTimer(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
