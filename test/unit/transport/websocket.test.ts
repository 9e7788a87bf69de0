import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { eventually, type Peer, startPeer } from "./pairs.ts";

const peers: Peer[] = [];
afterEach(async () => void (await Promise.all(peers.splice(0).map(({ transport }) => transport.stop()))));

async function open(): Promise<{ socket: WebSocket; closed: () => boolean; peer: Peer }> {
  const peer = await startPeer("ws");
  peers.push(peer);
  const socket = new WebSocket(`ws://127.0.0.1:${peer.transport.ports()[0]}/`);
  let closed = false;
  socket.on("close", () => (closed = true));
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("open", resolve));
  return { socket, closed: () => closed, peer };
}

describe("WebSocket listener", () => {
  it("closes on a message above 256 KiB instead of gathering it", async () => {
    const { socket, closed } = await open();
    socket.send(randomBytes(300 * 1024), () => undefined);
    await eventually(closed, "closed");
  });

  it("closes on a text message", async () => {
    const { socket, closed } = await open();
    socket.send("/multistream/1.0.0", () => undefined);
    await eventually(closed, "closed");
  });

  it("cuts a WebSocket that does not go on with the handshake, socket and all", { timeout: 15_000 }, async () => {
    const peer = await startPeer("ws", { limits: { handshakeTimeout: 500 } });
    peers.push(peer);
    const socket = new WebSocket(`ws://127.0.0.1:${peer.transport.ports()[0]}/`);
    let closed = false;
    socket.on("close", () => (closed = true));
    socket.on("error", () => undefined);
    await eventually(() => closed, "closed");
  });

  it("answers a plain request without a word about what listens here", async () => {
    const peer = await startPeer("ws");
    peers.push(peer);
    const response = await fetch(`http://127.0.0.1:${peer.transport.ports()[0]}/`);
    expect(response.status).toBe(426);
    expect(await response.text()).toBe("");
  });
});
