import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket as NodeSocket } from "ws";
import type { Handlers } from "../../../src/api/methods.ts";
import { nodeBulk } from "../../../src/app/connection/node-bulk.ts";
import { createBulk } from "../../../src/node/bulk.ts";
import { systemClock } from "../../../src/node/clock.ts";
import { OneTimeTokens } from "../../../src/node/web/one-time-tokens.ts";
import { serveWeb, type WebServer } from "../../../src/node/web/web-server.ts";
import { WebSessions } from "../../../src/node/web/web-sessions.ts";
import { concat } from "../../../src/sync/encoding/bytes.ts";
import { temporaryStore } from "./temporary-store.ts";

const never = new AbortController().signal;
const bulk = createBulk();
let server: WebServer;
let session: { cookie: string; key: string };
beforeEach(async () => {
  const sessions = new WebSessions(temporaryStore(), systemClock);
  session = sessions.open();
  server = await serveWeb({
    address: { host: "127.0.0.1", port: 0 },
    ...{
      phones: () => [],
      acceptPeer: () => false,
      wayForPhones: () => ({ origin: null, install: [] }),
      files: new Map(),
      handlers: {} as unknown as Handlers,
      sessions,
      tokens: new OneTimeTokens(systemClock),
    },
    ...{ clock: systemClock, bulk: bulk.accept },
  });
});
afterEach(() => server.close());

/** As a page opens it: with the cookie, and with the key as the first message. */
function connect(key = session.key): Promise<WebSocket> {
  const host = `localhost:${server.port}`;
  const headers = { host, origin: `http://${host}`, cookie: `__Host-homeport=${session.cookie}` };
  const socket = new NodeSocket(`ws://127.0.0.1:${server.port}/api/bulk`, { headers }) as unknown as WebSocket;
  return new Promise((resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify({ session: key }));
    socket.onmessage = () => resolve(socket);
    socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
  });
}

async function whole(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of bytes) all.push(piece.slice());
  return concat(...all);
}

test("a page hands over a file of several pieces, and takes one", async () => {
  const bytes = new Uint8Array(randomBytes(3_500_000));
  const page = nodeBulk(connect);
  const taken = await bulk.receive(never, async (ticket) => void page.upload(ticket, new Blob([bytes])), whole);
  expect(Buffer.compare(taken, bytes)).toBe(0);
  let got: Promise<Blob> | undefined;
  const counts: number[] = [];
  await bulk.send(
    never,
    async (ticket) => {
      got = page.download(ticket, (count) => counts.push(count));
    },
    (async function* () {
      yield bytes;
    })(),
  );
  expect(Buffer.compare(new Uint8Array(await ((await got) as Blob).arrayBuffer()), bytes)).toBe(0);
  expect(counts.at(-1)).toBe(bytes.length);
});

test("a page that goes in the middle leaves nothing", async () => {
  const page = nodeBulk(async () => {
    const socket = await connect();
    setTimeout(() => socket.close(), 30);
    return socket;
  });
  const stuck = new Blob([new Uint8Array(64 << 20)]);
  const taken = bulk.receive(never, async (ticket) => void page.upload(ticket, stuck).catch(() => undefined), whole);
  await expect(taken).rejects.toMatchObject({ code: "cancelled" });
});

test("without the session, or with another ticket, nothing is taken or given", async () => {
  await expect(connect("wrong")).rejects.toThrow("4401");
  await expect(nodeBulk(connect).download("wrong", () => undefined)).rejects.toMatchObject({ code: "broken-off" });
});
