import type { BridgeRow, NetworkRow } from "../api/bridges.ts";
import type { BridgeHost } from "../bridges/host/host.ts";
import type { Network } from "../bridges/host/networks.ts";
import type { BridgePort } from "../device/bridge-port.ts";
import { deriveLabel } from "../security-labels/index.ts";
import { HomeportError } from "../sync/errors.ts";
import type { Listeners } from "../sync/listeners.ts";

/** States that an account does not leave by itself. */
const STUCK = new Set(["bad-credentials", "logged-out", "quarantined", "stopped"]);

/** The bridge host as the device API sees it. `changes` tells of every change in its rows. */
export function bridgePort(host: BridgeHost, changes: Listeners<[]>): BridgePort {
  const ceilings = new Map(host.networks().map(({ manifest, origin }) => [manifest.id, { ceiling: manifest.ceiling, origin }]));
  const list = () =>
    host.list().map((row): BridgeRow => {
      const limit = ceilings.get(row.network);
      const { account, network, name, device, state, isolated, link } = row;
      const label = link && limit ? deriveLabel({ link, source: "live" }, limit.ceiling, limit.origin) : null;
      return { account, network, name, device, state, ...(row.error ? { error: row.error } : {}), isolated, link, label };
    });
  const find = (account: string): BridgeRow => {
    const row = list().find((candidate) => candidate.account === account);
    if (!row) throw new HomeportError("not-found", "There is no such account; `homeport bridge list` lists them.");
    return row;
  };
  return {
    networks: () => host.networks().map(networkRow),
    add: async (network, settings) => host.add(network, settings).account,
    list,
    wait: (account, signal) => untilOnline(() => find(account), changes, signal),
    open: async (account, target) => (await host.open(account, target)).id,
    close: (conversation) => host.close(conversation),
    remove: (account) => host.remove(account),
    async start(account) {
      host.start(account);
      return find(account);
    },
    async takeOver(account) {
      host.takeOver(account);
      return find(account);
    },
    commands: (account) => host.commands(account).map(({ name, usage, help, scope }) => ({ name, usage, help, scope })),
    command: (account, asked) => host.command(account, asked),
    members: (conversation) =>
      host
        .members(conversation)
        .flatMap(({ id, name, role, state }) => (state === "join" ? [role === undefined ? { id, name } : { id, name, role }] : [])),
    setTopic: (conversation, topic, minLabel) => host.setTopic(conversation, topic, minLabel),
    parts: (conversation, text, style) => host.parts(conversation, text, style),
    resend: async (entry) => host.resend(entry),
    settle: async (entry) => host.settle(entry),
  };
}

function networkRow({ manifest }: Network): NetworkRow {
  const { id, name, fields, delivery, ceiling } = manifest;
  return { network: id, name, fields, delivery, ceiling };
}

function untilOnline(look: () => BridgeRow, changes: Listeners<[]>, signal: AbortSignal): Promise<BridgeRow> {
  return new Promise((resolve, reject) => {
    const check = () => {
      try {
        const row = look();
        if (row.state === "online") finish(() => resolve(row));
        // An insecure connection is tried again, but waiting for it is no use.
        else if (STUCK.has(row.state) || row.error?.code === "insecure") finish(() => reject(errorOf(row)));
      } catch (error) {
        finish(() => reject(error instanceof Error ? error : new Error("failed", { cause: error })));
      }
    };
    const ended = () => finish(() => reject(signal.reason as Error));
    const remove = changes.add(check);
    const finish = (settle: () => void) => {
      remove();
      signal.removeEventListener("abort", ended);
      settle();
    };
    signal.addEventListener("abort", ended, { once: true });
    if (signal.aborted) ended();
    else check();
  });
}

function errorOf(row: BridgeRow): HomeportError {
  return new HomeportError(row.error?.code ?? row.state, row.error?.message ?? `The account is ${row.state}.`);
}
