import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Measured } from "./measure.ts";

export interface MetricsSource {
  version: string;
  state(): "starting" | "open" | "locked";
  /** Seconds. */
  uptime(): number;
  /** Bytes of the database. */
  databaseBytes(): number;
  measure(): Measured;
}

const STATES = ["starting", "open", "locked"] as const;

/** The metrics of a node, with those of its process. All are read when they are asked for. */
export function createRegistry(source: MetricsSource): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      ...{ name: `homeport_${name}`, help, registers: [registry] },
      collect() {
        this.set(read());
      },
    });
  // Read once a scrape, by the first gauge that needs it.
  let measured: { at: number; what: Measured } | undefined;
  const counts = (): Measured => {
    const at = performance.now();
    if (!measured || at - measured.at > 500) measured = { at, what: source.measure() };
    return measured.what;
  };
  gauge("uptime_seconds", "Seconds since the daemon started.", source.uptime);
  gauge("database_bytes", "Bytes of the database and its journal.", source.databaseBytes);
  gauge("sessions", "Own devices that are connected.", () => counts().sessions);
  gauge("entries", "Entries in the log.", () => counts().entries);
  gauge(
    "sync_missing_entries",
    "Entries that a connected own device is not known to hold; of the one that lacks most.",
    () => counts().missing,
  );
  byLabel(registry, "outbox_messages", "Messages to other networks, by what became of them.", () => counts().outbox);
  byLabel(registry, "bridge_accounts", "Accounts of bridges on this device, by state.", () => counts().bridges);
  byLabel(registry, "state", "1 for the state that the device is in.", () =>
    Object.fromEntries(STATES.map((state) => [state, state === source.state() ? 1 : 0])),
  );
  const info = new Gauge({ name: "homeport_info", help: "The version that runs.", labelNames: ["version"], registers: [registry] });
  info.set({ version: source.version }, 1);
  return registry;
}

function byLabel(registry: Registry, name: string, help: string, read: () => Readonly<Record<string, number>>): void {
  const made = new Gauge({
    ...{ name: `homeport_${name}`, help, labelNames: ["state"], registers: [registry] },
    collect() {
      made.reset();
      for (const [state, n] of Object.entries(read())) made.set({ state }, n);
    },
  });
}
