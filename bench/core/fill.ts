import { setImmediate as turn } from "node:timers/promises";
import { KIND } from "../../src/sync/content/kinds.ts";
import type { Conversation, Founding } from "../../src/sync/core.ts";
import type { Device } from "../../src/sync/device.ts";

const BATCH = 1000;
const WORDS = "the harbour lies quiet while the boats come home over a sea that has been rough all night and now is calm again ";

export const bridgeOf = (device: Device, name: string): Founding => ({
  kind: "bridge",
  account: device.account.account,
  network: "irc",
  bridge: "bench",
  conv: name,
});

/** What a bridge brings in: a line of some 300 bytes with its label. */
export function line(n: number): { [key: string]: string | number | boolean | object } {
  return {
    shape: "text",
    from: { id: `person${n % 50}`, name: `person${n % 50}`, self: false },
    ts: 1_700_000_000_000 + n,
    text: `line ${n} ${WORDS.slice(n % 40)}`.slice(0, 110),
    label: "server-reads",
    facts: { link: { kind: "tls", verified: true, version: "TLSv1.3", measuredBy: "host" }, source: "live" },
  };
}

/** Adds lines until the conversation has so many; signatures are stored when it returns. */
export async function fill(device: Device, founding: Founding, count: number): Promise<Conversation> {
  const conversation = device.transact((writer) => writer.found(founding));
  const held = () => device.vector(conversation.row).reduce((sum, { seq }) => sum + seq, 0);
  for (let next = held(); next < count; next = held()) {
    device.transact((writer) => {
      for (let n = next; n < Math.min(next + BATCH, count); n++) writer.append(conversation.row, KIND.bridged, line(n) as never);
    });
    // Signatures are made after each commit.
    await turn();
  }
  return conversation;
}
