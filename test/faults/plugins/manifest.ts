import type { Manifest } from "../../../src/bridges/contract/index.ts";

export function manifestOf(changes: Partial<Manifest> = {}): Manifest {
  return {
    contract: 1,
    id: "test",
    name: "Test",
    version: "1",
    entry: "index.ts",
    fields: [{ id: "password", type: "password", help: "", required: false, secret: true }],
    delivery: { send: "none", inbound: "live-only", promise: "" },
    ceiling: "server-reads",
    needs: { net: [], maxRssMb: 256 },
    ...changes,
  };
}
