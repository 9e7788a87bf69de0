import type { Link } from "../../../src/sync/ports.ts";
import { describeLink, type PairMaker } from "./link-conformance.ts";
import { connect, startPeer } from "./pairs.ts";

async function maker(kind: "tcp" | "ws"): Promise<PairMaker> {
  const [{ transport: near }, { transport: far }] = [await startPeer(kind), await startPeer(kind, { limits: { connectionsPerPeer: 64 } })];
  return {
    pair: pairs((): Promise<[Link, Link]> => connect(near, far)),
    stop: async () => void (await Promise.all([near.stop(), far.stop()])),
    keys: [near.key, far.key],
  };
}

/** One at a time, so that each gets the link that is its own. */
function pairs(make: () => Promise<[Link, Link]>): () => Promise<[Link, Link]> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(make);
    last = next.catch(() => undefined);
    return next;
  };
}

describeLink("libp2p TCP", () => maker("tcp"));
describeLink("libp2p WebSocket", () => maker("ws"));
