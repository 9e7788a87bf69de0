import { expect, test } from "vitest";
import { namedPeers } from "../../../src/node/named-peers.ts";

const TAIL = "/tcp/4001/ws/p2p/12D3KooWM2NAi5Xcp34c1kcKL4EDbHAT5P6b1RxsnHNm18vnqmKx";

test("names that the person gave become addresses, with all that follows; others are left out, and never looked up", async () => {
  const resolve = namedPeers([`/dns4/localhost${TAIL}`, "/dns4/no.such.name.invalid/tcp/1", "/ip4/10.0.0.1/tcp/1"]);
  expect(
    await resolve(["/ip4/10.0.0.1/tcp/1", `/dns4/localhost${TAIL}`, "/dns4/no.such.name.invalid/tcp/1", "/dns4/localhost/tcp/9"]),
  ).toEqual(["/ip4/10.0.0.1/tcp/1", `/ip4/127.0.0.1${TAIL}`]);
});
