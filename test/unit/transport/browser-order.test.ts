import { describe, expect, test } from "vitest";
import { parseAddress } from "../../../src/transport/addresses.ts";
import { browserOrder } from "../../../src/transport/browser/create-transport.ts";

const R = "12D3KooWGjMyVk8ysYVKgu5dSFaLVANhjwQ4Y4RGuaUnEQWEGCEr";
const HASH = "uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g";
const DIRECT = `/ip4/203.0.113.1/udp/4003/webrtc-direct/certhash/${HASH}`;
const ALL = {
  relayOverTcp: `/ip4/203.0.113.9/tcp/4001/p2p/${R}/p2p-circuit`,
  relayOverWebRtc: `/ip4/203.0.113.9/udp/4003/webrtc-direct/certhash/${HASH}/p2p/${R}/p2p-circuit`,
  direct: DIRECT,
  tcp: "/ip4/192.168.1.5/tcp/4001",
  ws: "/ip4/192.168.1.5/tcp/4002/ws",
  own: "/ip4/127.0.0.1/tcp/4002/ws",
  wss: "/dns/home.local/tcp/8443/tls/ws",
};
const order = (page: { secure: boolean; webRtc: boolean }) =>
  browserOrder(
    Object.values(ALL).flatMap((text) => parseAddress(text) ?? []),
    page,
  ).map(({ text }) => text);

describe("which ways a browser tries, and in which order", () => {
  test("a page of HTTPS: the app's own address, its own machine, webrtc-direct, a relay that it can reach", () => {
    expect(order({ secure: true, webRtc: true })).toEqual([ALL.wss, ALL.own, ALL.direct, ALL.relayOverWebRtc]);
  });

  test("a page of localhost may also open plain WebSockets", () => {
    expect(order({ secure: false, webRtc: true })).toEqual([ALL.wss, ALL.ws, ALL.own, ALL.direct, ALL.relayOverWebRtc]);
  });

  test("without WebRTC there is none of it, and no relay behind it", () => {
    expect(order({ secure: true, webRtc: false })).toEqual([ALL.wss, ALL.own]);
  });
});
