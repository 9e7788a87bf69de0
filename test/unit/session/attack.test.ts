import { beforeEach, describe, expect, test } from "vitest";
import { freezeDevice, revokeDevice } from "../../../src/device/revocation.ts";
import { issueCertificate } from "../../../src/sync/account/certificate.ts";
import { createSeedSigner } from "../../../src/sync/crypto/seed-signer.ts";
import { DOMAIN } from "../../../src/sync/domains.ts";
import { compareBytes } from "../../../src/sync/encoding/bytes.ts";
import { encodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { type Link, MAX_FRAME } from "../../../src/sync/ports.ts";
import { decodeFrame, encodeFrame, type Frame } from "../../../src/sync/session/frames.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";

const YEAR = 365 * 24 * 3_600_000;

let network: SimNetwork;
let home: SimDevice;
let phone: SimDevice;
let laptop: SimDevice;

beforeEach(async () => {
  network = await SimNetwork.create(31, ["home", "phone", "laptop"]);
  for (let round = 0; round < 2; round++) {
    network.connectAll();
    await network.world.run(2000);
  }
  [home, phone, laptop] = network.devices as [SimDevice, SimDevice, SimDevice];
  home.write("a secret");
  home.ingest("#chan", ["another secret"]);
  await network.world.run(1000);
  for (const connection of network.connections()) connection.cut();
  await network.world.run(1000);
});

/** The other end of a link, spoken by hand. */
class Peer {
  readonly link: Link;
  readonly frames: Frame[] = [];
  readonly nonce = new Uint8Array(32).fill(7);
  closed = false;

  constructor(link: Link) {
    this.link = link;
    link.start({
      frame: (bytes) => void this.frames.push(decodeFrame(bytes)),
      closed: () => {
        this.closed = true;
      },
    });
  }

  async say(...frames: (Frame | Uint8Array)[]): Promise<void> {
    for (const frame of frames) {
      try {
        await this.link.send(frame instanceof Uint8Array ? frame : encodeFrame(frame));
      } catch {
        // The other side has hung up, which the test finds out by `closed`.
        this.closed = true;
      }
      await network.world.run(500);
    }
  }

  hello(): Promise<void> {
    return this.say({ type: "hello", version: 1, nonce: this.nonce });
  }

  async prove(certificate: Uint8Array): Promise<void> {
    await this.hello();
    await this.say({ type: "auth", certificate, ops: [] });
  }

  tag(conversation: Uint8Array): Uint8Array {
    const { crypto } = home.device;
    const theirs = this.frames.find((frame) => frame.type === "hello")?.nonce as Uint8Array;
    const nonces = [this.nonce, theirs].sort(compareBytes) as [Uint8Array, Uint8Array];
    return crypto.mac(crypto.hash(DOMAIN.sessionKey, ...nonces), DOMAIN.conversationTag, conversation).slice(0, 16);
  }

  /** Types of what came, greeting apart. */
  heard(): string[] {
    return this.frames.map(({ type }) => type).filter((type) => type !== "hello" && type !== "auth");
  }
}

const as = (device: SimDevice): Peer => new Peer(network.dial(device, home));

/** Everything that might make a device give something away. */
function requests(peer: Peer): Frame[] {
  const nothing: Frame[] = [];
  for (const { id } of home.device.conversations()) {
    const tag = peer.frames.some(({ type }) => type === "hello") ? peer.tag(id) : new Uint8Array(16);
    nothing.push({ type: "overview", conversations: [{ tag, digest: new Uint8Array(16) }] }, { type: "vector", tag, positions: [] });
  }
  return [
    ...nothing,
    { type: "call", id: 1, method: "bridges.list", text: "{}" },
    { type: "live", topic: "t", text: "x" },
    { type: "ping", n: 1 },
  ];
}

describe("J4, F1, A7: own entries asked for by someone who may not have them", () => {
  test("the real device gets them, so that the refusals below mean something", async () => {
    const peer = as(phone);
    await peer.prove(phone.certificate);
    await peer.say(...requests(peer));
    expect(peer.heard()).toEqual(expect.arrayContaining(["ops", "overview", "entries", "pong"]));
  });

  test("a stranger's link is closed without a word", async () => {
    const stranger = network.dialAs(new Uint8Array(32).fill(9), home);
    const peer = new Peer(stranger);
    await peer.prove(phone.certificate);
    await peer.say(...requests(peer));
    expect(peer.frames).toEqual([]);
    expect(peer.closed).toBe(true);
  });

  test.each([
    ["revoked", revokeDevice],
    ["frozen", freezeDevice],
  ] as const)("a %s device gets nothing, whatever it asks for", async (_state, shutOut) => {
    await shutOut(home.device, phone.key);
    const peer = as(phone);
    await peer.prove(phone.certificate);
    await peer.say(...requests(peer));
    expect(peer.frames).toEqual([]);
    expect(peer.closed).toBe(true);
  });

  test.each([
    ["revoked", revokeDevice],
    ["frozen", freezeDevice],
  ] as const)("a device that is %s in the middle of a session gets nothing more, by push neither", async (_state, shutOut) => {
    const peer = as(phone);
    await peer.prove(phone.certificate);
    const before = peer.frames.length;
    await shutOut(home.device, phone.key);
    home.write("after");
    home.sessions.broadcast("t", "live after");
    await network.world.run(2000);
    await peer.say(...requests(peer));
    expect(peer.frames.slice(before)).toEqual([]);
    expect(peer.closed).toBe(true);
  });

  test("a known transport key without its certificate, or with another device's, gets nothing", async () => {
    const seed = new Uint8Array(32).fill(6);
    const other = createSeedSigner(home.device.crypto, seed);
    const expires = network.world.now + YEAR;
    const wrong: Record<string, Uint8Array> = {
      "of another device": laptop.certificate,
      "for another transport key": await issueCertificate(phone.signer, { transport: laptop.transport, epoch: 1, expires }),
      "by a key that is no device": await issueCertificate(other, { transport: phone.transport, epoch: 1, expires }),
      expired: await issueCertificate(phone.signer, { transport: phone.transport, epoch: 1, expires: network.world.now - 1 }),
      garbage: new Uint8Array(100),
    };
    for (const [what, certificate] of Object.entries(wrong)) {
      const peer = as(phone);
      await peer.prove(certificate);
      await peer.say(...requests(peer));
      expect(peer.heard(), what).toEqual([]);
      expect(peer.closed, what).toBe(true);
    }
  });
});

describe("F1: the order of a session", () => {
  test.each<[string, (peer: Peer) => Promise<void>]>([
    ["anything before the greeting", (peer) => peer.say({ type: "ping", n: 1 })],
    ["a certificate before the greeting", (peer) => peer.say({ type: "auth", certificate: phone.certificate, ops: [] })],
    [
      "a second greeting",
      async (peer) => {
        await peer.hello();
        await peer.hello();
      },
    ],
    [
      "a request before the certificate",
      async (peer) => {
        await peer.hello();
        await peer.say({ type: "vector", tag: peer.tag(home.device.ownLog.id), positions: [] });
      },
    ],
    [
      "a second certificate",
      async (peer) => {
        await peer.prove(phone.certificate);
        await peer.say({ type: "auth", certificate: phone.certificate, ops: [] });
      },
    ],
    ["another version", (peer) => peer.say({ type: "hello", version: 2, nonce: peer.nonce })],
    [
      "a last frame of a link that nothing replaces",
      async (peer) => {
        await peer.prove(phone.certificate);
        await peer.say({ type: "last" });
      },
    ],
    [
      "a link that goes on after the greeting",
      async (peer) => {
        await peer.prove(phone.certificate);
        await peer.say({ type: "continue", token: new Uint8Array(32) });
      },
    ],
    ["bytes that are no frame", (peer) => peer.say(new Uint8Array([0xff, 0, 1]))],
    ["a frame that is not canonical", (peer) => peer.say(new Uint8Array([0x9f, 0x0a, 0x01, 0xff]))],
    ["the largest frame, full of nothing", (peer) => peer.say(new Uint8Array(MAX_FRAME).fill(0x81))],
    [
      "too many calls at once",
      async (peer) => {
        await peer.prove(phone.certificate);
        const calls = Array.from({ length: 65 }, (_, id): Frame => ({ type: "call", id, method: "wait", text: "{}" }));
        for (const call of calls) await peer.link.send(encodeFrame(call)).catch(() => undefined);
        await network.world.run(500);
      },
    ],
    [
      "silence instead of a certificate",
      async () => {
        await network.world.run(20_000);
      },
    ],
  ])("%s ends it, and the others go on", async (_what, act) => {
    home.answer = () => new Promise(() => undefined);
    network.connect(home, laptop);
    await network.world.run(1000);
    const peer = as(phone);
    await act(peer);
    await network.world.run(500);
    expect(peer.closed).toBe(true);
    expect(home.sessions.all().map((session) => session.peer.name)).toEqual(["laptop"]);
    home.write("still working");
    await network.world.run(1000);
    expect(laptop.texts()).toContain("still working");
  });

  test("B7: what a session calls its conversations means nothing in another session", async () => {
    const [first, second] = [as(phone), as(laptop)];
    await first.prove(phone.certificate);
    await second.prove(laptop.certificate);
    const tags = (peer: Peer) =>
      peer.frames.flatMap((frame) =>
        frame.type === "overview" ? frame.conversations.map(({ tag }) => Buffer.from(tag).toString("hex")) : [],
      );
    expect(tags(first).length).toBeGreaterThan(1);
    expect(tags(first).filter((tag) => tags(second).includes(tag))).toEqual([]);
    const before = second.frames.length;
    await second.say({ type: "vector", tag: first.tag(home.device.ownLog.id), positions: [] });
    expect(second.frames.slice(before).filter(({ type }) => type === "entries")).toEqual([]);
    const plain = home.device.conversations().map(({ id }) => Buffer.from(id).toString("hex").slice(0, 32));
    expect(JSON.stringify(first.frames).includes(plain[0] as string)).toBe(false);
  });

  test("F5: acknowledging more than there is, or what is not there, counts for no more than there is", async () => {
    const peer = as(phone);
    await peer.prove(phone.certificate);
    const tag = peer.tag(home.device.ownLog.id);
    const feed = [...home.device.store.feeds(home.device.ownLog.row)].find(({ headSeq }) => headSeq > 0);
    if (!feed) throw new Error("no feed");
    const position = { device: feed.device, incarnation: feed.incarnation, seq: 2 ** 40 };
    await peer.say({ type: "ack", tag, positions: [position, { ...position, incarnation: new Uint8Array(8) }] });
    await network.world.run(1000);
    const held = home.sql.get<{ seq: number }>("select seq from peer_vector where device = ? and feed = ?", phone.key, feed.row);
    expect(held?.seq).toBeLessThanOrEqual(feed.headSeq);
    expect(home.sessions.all().length).toBe(1);
  });

  test("entries with lists of other lists, and of 64 KiB of parents, are refused without harm", async () => {
    const peer = as(phone);
    await peer.prove(phone.certificate);
    const tag = peer.tag(home.device.ownLog.id);
    const parents = Array.from({ length: 800 }, () => [phone.key, new Uint8Array(8), 1, new Uint8Array(32)]);
    const header = encodeCbor([
      1,
      home.device.ownLog.id,
      phone.key,
      new Uint8Array(8),
      1,
      null,
      parents.slice(0, 45),
      1,
      0,
      new Uint8Array(32),
      null,
      1,
      new Uint8Array(32),
      16,
    ]);
    const run = { tag, feed: phone.key, incarnation: new Uint8Array(8), entries: [{ header, body: null }], signature: new Uint8Array(64) };
    await peer.say({ type: "entries", runs: [run] });
    expect(peer.closed).toBe(true);
    expect(home.texts()).toEqual(["a secret", "another secret"]);
  });
});
