import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkAnnounceAddress, checkListenAddress, checkPeerAddress } from "../../../src/transport/index.ts";
import { addressOfOrigin, parseAddress, reachable } from "../../../src/transport/addresses.ts";
import { keyOf, keyOfText, peerIdOf, privateKeyOf } from "../../../src/transport/keys.ts";

const key = new Uint8Array(randomBytes(32));
const real = (await privateKeyOf(key)).publicKey.raw;
const id = peerIdOf(real).toString();

const BAD = expect.objectContaining({ code: "bad-address" });

describe("keys", () => {
  it("K2: a raw Ed25519 key and its PeerId stand for each other", () => {
    expect(id).toMatch(/^12D3KooW/);
    expect(keyOf(peerIdOf(real))).toEqual(Uint8Array.from(real));
    expect(keyOfText(id)).toEqual(Uint8Array.from(real));
  });

  it("other kinds of keys and other texts are none", () => {
    expect(keyOfText("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N")).toBeUndefined();
    expect(keyOfText("16Uiu2HAmSXoNXSiXMFwTm2pTFNTPXK7qLYWpMGC1VdWuVfB7jJDE")).toBeUndefined();
    for (const text of ["", "12D3KooW", "x".repeat(1_000)]) expect(keyOfText(text)).toBeUndefined();
    expect(() => peerIdOf(new Uint8Array(31))).toThrow(TypeError);
    expect(() => privateKeyOf(new Uint8Array(33))).toThrow(TypeError);
  });
});

describe("addresses", () => {
  it("takes IP addresses with TCP or WebSocket", () => {
    expect(parseAddress("/ip4/10.0.0.1/tcp/4001")).toMatchObject({ host: "10.0.0.1", family: 4, port: 4001, way: "tcp" });
    expect(parseAddress(`/ip6/fd00::1/tcp/1/ws/p2p/${id}`)).toMatchObject({ family: 6, way: "ws", peer: Uint8Array.from(real) });
  });

  it("takes the app's own address, webrtc-direct with a pinned certificate, and a relay", () => {
    const hash = "uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g";
    const direct = `/ip4/10.0.0.1/udp/5/webrtc-direct/certhash/${hash}`;
    const relay = `/ip4/10.0.0.1/tcp/4001/p2p/${id}/p2p-circuit`;
    expect(parseAddress("/dns/home.local/tcp/8443/tls/ws")).toMatchObject({ host: "home.local", way: "wss", family: undefined });
    expect(parseAddress(`${direct}/p2p/${id}`)).toMatchObject({ text: direct, way: "webrtc-direct", peer: Uint8Array.from(real) });
    expect(parseAddress(relay)).toMatchObject({ text: relay, way: "relay", peer: undefined });
    expect(parseAddress(`${relay}/p2p/${id}`)).toMatchObject({ text: relay, way: "relay", peer: Uint8Array.from(real) });
    for (const text of ["/dns/home.local/tcp/8443/tls/ws", direct, relay]) expect(() => checkListenAddress(text)).toThrow(BAD);
    expect(addressOfOrigin("https://home.local:8443")).toBe("/dns/home.local/tcp/8443/tls/ws");
    expect(addressOfOrigin("https://[fd00::1]")).toBe("/ip6/fd00::1/tcp/443/tls/ws");
    expect(addressOfOrigin("http://home.local")).toBeUndefined();
  });

  it.each([
    "",
    "10.0.0.1:4001",
    "/ip4/10.0.0.1",
    "/ip4/10.0.0.1/udp/4001",
    "/ip4/10.0.0.1/tcp/70000",
    "/ip4/10.0.0.256/tcp/1",
    "/dns4/example.org/tcp/4001",
    "/ip4/10.0.0.1/tcp/4001/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
    `/ip4/10.0.0.1/tcp/4001/p2p-circuit`,
    `/dns/example.org/tcp/4001/ws`,
    `/dns/exa mple.org/tcp/4001/tls/ws`,
    `/ip4/10.0.0.1/udp/4001/webrtc-direct`,
    `/ip4/10.0.0.1/tcp/4001/p2p/${id}/p2p/${id}`,
    `/unix/tmp/socket`,
  ])("does not take %j", (text) => {
    expect(parseAddress(text)).toBeUndefined();
    expect(() => checkListenAddress(text)).toThrow(BAD);
    expect(() => checkPeerAddress(text)).toThrow(BAD);
  });

  it("says what is wrong in one sentence, and cuts long input short", () => {
    const error = (run: () => unknown): string => {
      try {
        run();
      } catch (thrown) {
        return (thrown as Error).message;
      }
      return "";
    };
    expect(error(() => checkListenAddress("localhost"))).toContain("/ip4/192.168.1.10/tcp/4001");
    expect(error(() => checkPeerAddress("/ip4/10.0.0.1/tcp/1"))).toContain("/p2p/");
    expect(error(() => checkPeerAddress("x".repeat(100_000))).length).toBeLessThan(500);
  });

  it("--listen has no /p2p, --peer has one and can be reached, --announce has a port", () => {
    expect(checkListenAddress("/ip4/0.0.0.0/tcp/0")).toBe("/ip4/0.0.0.0/tcp/0");
    expect(() => checkListenAddress(`/ip4/0.0.0.0/tcp/0/p2p/${id}`)).toThrow(BAD);
    expect(checkPeerAddress(`/ip4/10.0.0.1/tcp/5/p2p/${id}`)).toEqual({ peer: Uint8Array.from(real), address: "/ip4/10.0.0.1/tcp/5" });
    expect(() => checkPeerAddress(`/ip4/0.0.0.0/tcp/5/p2p/${id}`)).toThrow(BAD);
    expect(() => checkPeerAddress(`/ip6/::/tcp/5/p2p/${id}`)).toThrow(BAD);
    expect(() => checkPeerAddress(`/ip4/10.0.0.1/tcp/0/p2p/${id}`)).toThrow(BAD);
    expect(checkAnnounceAddress(`/ip4/203.0.113.1/tcp/5/p2p/${id}`)).toBe("/ip4/203.0.113.1/tcp/5");
    expect(() => checkAnnounceAddress("/ip4/203.0.113.1/tcp/0")).toThrow(BAD);
  });

  it("loopback comes last, doubles and what cannot be reached go", () => {
    const texts = [
      "/ip4/127.0.0.1/tcp/1",
      "/ip6/::1/tcp/1",
      "/ip4/0.0.0.0/tcp/1",
      "junk",
      "/ip4/10.0.0.1/tcp/1",
      "/ip4/10.0.0.1/tcp/1",
      "/ip6/::/tcp/1",
    ];
    expect(reachable(texts)).toEqual(["/ip4/10.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/1", "/ip6/::1/tcp/1"]);
  });

  it("no text makes it fail", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `/ip4/1.2.3.4/tcp/1${text}`),
        ),
        (text) => {
          parseAddress(text);
        },
      ),
    );
  });
});
