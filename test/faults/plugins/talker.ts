import type { PluginFactory, Reconciled, Resume } from "../../../src/bridges/contract/index.ts";
import type { SecurityFacts } from "../../../src/security-labels/index.ts";
import { BridgeError } from "../../../src/bridges/kit/index.ts";
import { room, wellBehaved } from "./base.ts";

const SEC: SecurityFacts = { link: { kind: "none", verified: false, measuredBy: "plugin" }, source: "live" };

/** Uses every call in both directions; what it was given can be asked for. */
export const plugin: PluginFactory = (host) => {
  let given: Resume | undefined;
  let aborted = 0;
  const asks: Record<string, () => Promise<unknown>> = {
    given: async () => ({ ...given, kv: Object.fromEntries(Object.entries(given?.kv ?? {}).map(([key, value]) => [key, [...value]])) }),
    aborted: async () => aborted,
    vault: async () => {
      await host.vault.set("token", "t-1");
      const first = await host.vault.get("token");
      await host.vault.set("token", undefined);
      return [first, (await host.vault.get("token")) ?? "none"];
    },
    lookup: async () => (await host.lookup({ txn: "t" })) ?? "none",
    ingest: async () =>
      host.ingest({ source: "catchup", events: [], cursor: { scope: "s", value: "v" }, kv: { a: new Uint8Array([1, 2]), b: null } }),
    large: async () => host.ingest({ source: "live", events: [], kv: { a: new Uint8Array(2_000_000) } }),
    chatter: async () => {
      for (let i = 0; i < 5_000; i++) host.log("info", `line ${i}`, { password: "hunter2", n: i });
      for (let i = 0; i < 5_000; i++) host.state({ state: i % 2 === 0 ? "degraded" : "online" });
      return "said";
    },
  };
  return wellBehaved(host, {
    connect: async (resume) => {
      given = resume;
    },
    execute: async (command, signal) => {
      if (command.txn === "refused")
        throw new BridgeError({ code: "forbidden", sent: "no", message: "Not on this channel.", action: "none" });
      if (command.txn !== "slow") return { state: "acked", refs: [{ conv: command.conv, id: "m-1" }], sec: SEC };
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          aborted++;
          reject(new BridgeError({ code: "offline", sent: "no", message: "It was called off." }));
        });
      });
    },
    reconcile: async (commands): Promise<Reconciled[]> => [
      ...commands.map(({ txn, conv }) => ({ txn, found: "yes" as const, refs: [{ conv, id: `of ${txn}` }], sec: SEC })),
      { txn: "never-asked", found: "no" as const },
    ],
    split: async (_conv, ask) => {
      try {
        return [JSON.stringify(await asks[ask]?.())];
      } catch (error) {
        return [JSON.stringify(error instanceof BridgeError ? error.data : String(error))];
      }
    },
    list: async (what, query) => [
      { ...room("#c"), topic: `${what} ${query ?? ""}` },
      { id: "bob", name: "Bob" },
    ],
    history: async ({ conv, limit }) => ({
      batch: { source: "backfill", events: [{ kind: "gap", conv, key: "g", ts: 1, sec: SEC, reason: `${limit}` }] },
      more: true,
    }),
  });
};
