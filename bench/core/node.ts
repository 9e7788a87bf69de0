/**
 * One side of the benchmark of catching up, in a process of its own: the product's database, session and transport without
 * the daemon around them. Reads one JSON order from its standard input, prints JSON lines, ends with its input.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { createNodeCrypto } from "../../src/node/node-crypto.ts";
import type { Device } from "../../src/sync/device.ts";
import { Sessions } from "../../src/sync/session/sessions.ts";
import { createTransport } from "../../src/transport/index.ts";
import { type CoreDevice, openIn } from "./account.ts";
import { bridgeOf, fill } from "./fill.ts";
import { fromText } from "./message.ts";

export interface Order {
  folder: string;
  core: CoreDevice;
  entries: number;
  conversation: string;
  /** Transport key and address of the one that has everything; absent where this is it. */
  dial?: { peer: Uint8Array; address: string };
}

const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
const quiet = () => undefined;

const input = createInterface({ input: process.stdin });
const order = fromText<Order>(((await once(input, "line")) as [string])[0]);
const crypto = await createNodeCrypto();
const device = openIn(crypto, order.folder, order.core);
const founding = bridgeOf(device, order.conversation);
if (!order.dial) await fill(device, founding, order.entries);
const sessions = new Sessions({
  ...{ device, transport: order.core.transport, certificate: order.core.certificate },
  handle: () => Promise.resolve("null"),
});
const transport = await createTransport({
  ...{ seed: order.core.keys.transportSeed, listen: order.dial ? [] : ["/ip4/127.0.0.1/tcp/0"], mdns: false, log: quiet },
  isKnown: (peer) => sessions.isKnown(peer),
});
transport.onLink("sync", (link) => sessions.add(link));
if (order.dial) {
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const done = reached(device, () => held(device, order.conversation) >= order.entries);
  sessions.add(await transport.dial(order.dial.peer, [order.dial.address], "sync"));
  await done;
  const { heapUsed, rss } = process.memoryUsage();
  const ms = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  say({ ms, cpuMs: (user + system) / 1000, heapMb: heapUsed / 1e6, rssMb: rss / 1e6 });
} else say({ ports: transport.ports() });
input.once("close", () => {
  sessions.close();
  void transport.stop().then(() => {
    device.close();
    process.exit(0);
  });
});

function held(of: Device, conversation: string): number {
  const found = of.conversationByFounding(bridgeOf(of, conversation));
  return found ? [...of.store.feeds(found.row)].reduce((sum, { integrated }) => sum + integrated, 0) : 0;
}

function reached(of: Device, isDone: () => boolean): Promise<void> {
  return new Promise((resolve) => of.outgoing.add(() => isDone() && resolve()));
}
