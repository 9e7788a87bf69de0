import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Libp2p } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Status } from "../../src/api/status.ts";
import { openProfile } from "../../src/node/profile-store.ts";
import { createSodiumCrypto, createRandom } from "../../src/sync/crypto/sodium.ts";
import { encodeCbor } from "../../src/sync/encoding/cbor.ts";
import type { Link } from "../../src/sync/ports.ts";
import { encodeFrame } from "../../src/sync/session/frames.ts";
import { createTransport, type Transport } from "../../src/transport/index.ts";
import { keyOf } from "../../src/transport/keys.ts";
import { eventually, type Homeport, link, pair, type World, world } from "../harness/homeport.ts";
import { rawPeer, rawStream, streamClosed } from "../unit/transport/hostile-peer.ts";

const SYNC = "/homeport/sync/1";
const LINK = "/homeport/link/1";
/** Of libp2p, spoken to anybody by default. */
const TELLTALES = ["/ipfs/id/1.0.0", "/ipfs/id/push/1.0.0", "/ipfs/ping/1.0.0", "/libp2p/circuit/relay/0.2.0/hop", "/libp2p/autonat/1.0.0"];

let place: World;
let home: Homeport;
let phone: Homeport;
let address: string;

beforeAll(async () => {
  place = await world();
  ({ home, phone } = await pair(place));
  address = (await home.json<Status>("status")).addresses[0] as string;
  await home.json("send", "Note to self", "a secret of the family");
});
afterAll(() => place[Symbol.asyncDispose]());

/** The node lives, and its own devices still get everything. */
async function unharmed(what: string): Promise<void> {
  if (!phone.isRunning) await phone.start();
  await phone.untilConnected(home);
  const watching = await phone.watch();
  await home.json("send", "Note to self", `after ${what}`);
  await watching.until(what, (event: { message?: { text: string } }) => event.message?.text === `after ${what}`);
  await watching.stop();
}

const residentMb = () => {
  const status = readFileSync(`/proc/${home.daemon.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
};

describe("F1: a peer that is not linked", () => {
  let stranger: Libp2p;
  beforeAll(async () => {
    stranger = await rawPeer();
  });
  afterAll(() => stranger.stop());

  /** What the node sent on a stream of this protocol; undefined where it refused to open one. */
  async function answerOn(protocol: string, say: Uint8Array[] = []): Promise<Buffer | undefined> {
    const connection = await stranger.dial(multiaddr(address), { force: true });
    const heard: Uint8Array[] = [];
    try {
      const stream = await connection.newStream(protocol, { signal: AbortSignal.timeout(3_000) });
      stream.addEventListener("message", ({ data }) => heard.push(data.subarray()));
      for (const piece of say) stream.send(piece);
      await Promise.race([streamClosed(stream), sleep(1_500)]);
      return Buffer.concat(heard);
    } catch {
      return undefined;
    } finally {
      await connection.close().catch(() => connection.abort(new Error("not needed any more")));
    }
  }

  test("may open the linking protocol, and hears nothing on it before it has proved a link", async () => {
    expect(await answerOn(LINK)).toEqual(Buffer.alloc(0));
    expect(await answerOn(LINK, [Buffer.concat([Buffer.of(32), randomBytes(32)])])).toEqual(Buffer.alloc(0));
  });

  test("gets no other protocol, and learns nothing of who lives here", async () => {
    const hello = encodeFrame({ type: "hello", version: 1, nonce: randomBytes(32) });
    for (const protocol of [SYNC, ...TELLTALES]) {
      const answer = await answerOn(protocol, [Buffer.concat([Buffer.of(hello.length), hello])]);
      expect(`${protocol}: ${(answer ?? Buffer.alloc(0)).toString("hex")}`).toBe(`${protocol}: `);
    }
  });

  test("a scan of the port in the clear reads no name and no id", async () => {
    const { account } = await home.json<Status>("status");
    const port = Number(home.listen.replace(/.*\//, ""));
    for (const knock of ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\n", "\x13/multistream/1.0.0\n", randomBytes(300).toString("latin1")]) {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      const heard: Buffer[] = [];
      socket.on("data", (chunk) => heard.push(chunk));
      socket.on("error", () => undefined);
      socket.write(Buffer.from(knock, "latin1"));
      await Promise.race([new Promise((resolve) => socket.once("close", resolve)), sleep(500)]);
      socket.destroy();
      const text = Buffer.concat(heard).toString("latin1");
      for (const word of [account, home.device, "home", "family"]) expect(text).not.toContain(word);
    }
  });

  test("garbage on the linking protocol harms nobody, and a link still works meanwhile", { timeout: 180_000 }, async () => {
    const before = residentMb();
    const floods = Array.from({ length: 60 }, async (_, n) => {
      const peer = await rawPeer();
      try {
        const { stream } = await rawStream(peer, address, LINK);
        for (let i = 0; i < 20 && stream.status === "open"; i++) stream.send(randomBytes(1 + ((n * 977 + i * 131) % 5_000)));
        await Promise.race([streamClosed(stream), sleep(3_000)]);
      } catch {
        // Too many at once are turned away, which is as good.
      } finally {
        await peer.stop();
      }
    });
    const tablet = await place.machine("tablet");
    await Promise.all([...floods, link(home, tablet)]);
    expect(await home.knows("tablet")).toMatchObject({ state: "admitted" });
    await unharmed("the flood");
    expect(residentMb() - before).toBeLessThan(150);
  });
});

describe("a device of the account that turned bad", () => {
  let transport: Transport;
  let homeKey: Uint8Array;

  beforeAll(async () => {
    homeKey = keyOf(peerIdFromString(/\/p2p\/(\w+)/.exec(address)?.[1] ?? "")) as Uint8Array;
    await phone.stop();
    const crypto = await createSodiumCrypto();
    const profile = await openProfile(crypto, createRandom(), phone.data, () => Promise.reject(new Error("no passphrase")));
    const seed = profile.transportSeed.slice();
    profile.sql.close();
    transport = await createTransport({ seed, listen: [], mdns: false, isKnown: () => true, log: () => undefined });
  });
  afterAll(() => transport.stop());

  /** Sends frames as the phone; resolves when home has closed. What home said is returned. */
  async function misbehave(frames: Uint8Array[]): Promise<Uint8Array[]> {
    const heard: Uint8Array[] = [];
    const session: Link = await transport.dial(homeKey, [address.replace(/\/p2p\/.*/, "")], "sync");
    const closed = new Promise<void>((resolve) => session.start({ frame: (bytes) => void heard.push(bytes), closed: () => resolve() }));
    for (const frame of frames) await session.send(frame).catch(() => undefined);
    const patience = sleep(40_000).then(() => Promise.reject(new Error("home keeps listening to it")));
    await Promise.race([closed, patience]);
    return heard;
  }

  const hello = () => encodeFrame({ type: "hello", version: 1, nonce: randomBytes(32) });
  const deep = () => Buffer.concat([Buffer.alloc(5_000, 0x81), Buffer.of(0)]);

  test.each([
    ["random bytes", () => [randomBytes(200)]],
    ["a frame before the greeting", () => [encodeFrame({ type: "ping", n: 1 })]],
    ["a frame before its certificate", () => [hello(), encodeFrame({ type: "ops", ops: [] })]],
    ["somebody else's certificate", () => [hello(), encodeFrame({ type: "auth", certificate: randomBytes(150), ops: [] })]],
    ["another version", () => [encodeFrame({ type: "hello", version: 99, nonce: randomBytes(32) })]],
    ["a nonce that is none", () => [encodeCbor([0, 1, randomBytes(3)])]],
    ["a type that is none", () => [hello(), encodeCbor([4_711, 1])]],
    ["CBOR nested 5,000 deep", () => [deep()]],
    ["CBOR that is cut off", () => [hello().subarray(0, 20)]],
    ["a list that says it has 2^32 items", () => [Buffer.of(0x9a, 0xff, 0xff, 0xff, 0xff)]],
  ])("%s: it is cut off, gets nothing of the log, and the node goes on", async (_, frames) => {
    const heard = await misbehave(frames());
    expect(Buffer.concat(heard).includes("a secret of the family")).toBe(false);
    expect(home.isRunning).toBe(true);
    expect(await home.json<Status>("status")).toMatchObject({ account: expect.any(String) });
  });

  test("its silence is not waited for for ever, and it does not count as connected", async () => {
    const silent = misbehave([]);
    await eventually(
      "it is not shown",
      async () => (await home.json<Status>("status")).peers.every(({ device }) => device !== phone.device) || undefined,
    );
    await silent;
  });

  test("afterwards the honest phone connects and gets everything", async () => {
    await unharmed("the malformed frames");
    expect(home.daemon.stderr).toMatch(/malformed/);
    expect(home.daemon.stderr).not.toMatch(/a secret of the family/);
  });
});
