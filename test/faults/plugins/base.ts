import type { Caps, ConvInfo, Host, Plugin } from "../../../src/bridges/contract/index.ts";

export const CAPS: Caps = {
  rev: "1",
  kind: "channel",
  text: { formats: ["plain"] },
  edit: -1,
  delete: -1,
  reply: -1,
  thread: -1,
  reactions: -1,
  typing: -1,
  read: -1,
  presence: -1,
  topic: -1,
  members: -1,
  files: -1,
  history: -1,
  rate: { burst: 5, perSecond: 1 },
};

export const room = (id: string): ConvInfo => ({ id, name: id, caps: CAPS, state: "joined" });

/** A plugin that behaves, but for what is given. */
export function wellBehaved(host: Host, differences: Partial<Plugin> = {}): Plugin {
  return {
    connect: async () => host.state({ state: "online" }),
    disconnect: async () => {},
    execute: async () => ({ state: "accepted" }),
    reconcile: async (commands) => commands.map(({ txn }) => ({ txn, found: "cannot-know" as const })),
    open: async (target) => room(target),
    close: async () => {},
    split: async (_conv, text) => [text],
    health: async () => ({ lagMs: 0, state: "online" }),
    ...differences,
  };
}
