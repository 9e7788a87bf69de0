import fc from "fast-check";
import { multiaddr } from "@multiformats/multiaddr";
import { describe, expect, it } from "vitest";
import { peerIdOf, privateKeyOf } from "../../../src/transport/keys.ts";
import { MAX_PINGS_EVER, MAX_STREAMS_EVER, MAX_WINDOW } from "../../../src/transport/limits.ts";
import { discoveryReport } from "../../../src/transport/node/discovery.ts";
import { RefusalLog } from "../../../src/transport/refusal-log.ts";
import { YamuxScanner } from "../../../src/transport/yamux-scanner.ts";

function header(type: number, flags: number, stream: number, length: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt8(type, 1);
  bytes.writeUInt16BE(flags, 2);
  bytes.writeUInt32BE(stream, 4);
  bytes.writeUInt32BE(length, 8);
  return bytes;
}

describe("YamuxScanner", () => {
  it("follows a session however it is cut, also where data looks like a header", () => {
    const evil = header(0, 0, 1, 0xffffffff);
    const session = Buffer.concat([
      header(1, 1, 1, 0),
      header(0, 0, 1, evil.length),
      evil,
      header(2, 1, 0, 0xffffffff),
      header(3, 0, 0, 2),
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (cuts) => {
        const scanner = new YamuxScanner();
        for (let at = 0, n = 0; at < session.length; n++) {
          const end = at + (cuts[n % cuts.length] as number);
          expect(scanner.scan(session.subarray(at, end))).toBeUndefined();
          at = end;
        }
        expect(scanner.scan(evil)).toContain("larger than any window");
      }),
    );
  });

  it("takes a frame of the largest window and none above", () => {
    expect(new YamuxScanner().scan(header(0, 0, 1, MAX_WINDOW))).toBeUndefined();
    expect(new YamuxScanner().scan(header(0, 0, 1, MAX_WINDOW + 1))).toBeDefined();
  });

  it("counts streams that are opened and pings that ask", () => {
    const scanner = new YamuxScanner();
    for (let n = 0; n < MAX_PINGS_EVER; n++) expect(scanner.scan(header(2, 1, 0, n))).toBeUndefined();
    for (let n = 0; n < 3 * MAX_PINGS_EVER; n++) expect(scanner.scan(header(2, 2, 0, n))).toBeUndefined();
    for (let n = 0; n < MAX_STREAMS_EVER; n++) expect(scanner.scan(header(1, 1, 2 * n + 1, 0))).toBeUndefined();
    expect(scanner.scan(header(1, 1, 1, 0))).toBe("too many streams");
    expect(scanner.scan(header(2, 1, 0, 1))).toBe("too many pings");
  });
});

describe("local network", () => {
  const addresses = ["/ip4/127.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.1/udp/1"].map((text) => multiaddr(text));
  const peer = async (n: number) => peerIdOf((await privateKeyOf(new Uint8Array(32).fill(n))).publicKey.raw);

  it("reports a peer once an interval, at once when its addresses change, with usable addresses only", async () => {
    let now = 0;
    const found: string[][] = [];
    const report = discoveryReport(
      (_peer, list) => found.push(list),
      () => now,
    );
    const id = await peer(1);
    report({ id, multiaddrs: addresses });
    report({ id, multiaddrs: addresses });
    expect(found).toEqual([["/ip4/10.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/1"]]);
    report({ id, multiaddrs: addresses.slice(0, 1) });
    report({ id, multiaddrs: [] });
    expect(found.length).toBe(2);
    now = 20_000;
    report({ id, multiaddrs: addresses });
    expect(found.length).toBe(3);
  });

  it("a flood of made-up peers is reported up to a bound", async () => {
    let count = 0;
    const report = discoveryReport(
      () => count++,
      () => 0,
    );
    for (let n = 0; n < 250; n++) report({ id: await peer(n), multiaddrs: addresses });
    expect(count).toBe(128);
  });
});

describe("RefusalLog", () => {
  it("writes one line a reason however many were refused", () => {
    const lines: unknown[] = [];
    const log = new RefusalLog((_level, _message, fields) => lines.push(fields));
    for (let n = 0; n < 5_000; n++) log.add("flood");
    log.add("other");
    log.flush();
    log.flush();
    expect(lines).toEqual([
      { reason: "flood", count: 5_000 },
      { reason: "other", count: 1 },
    ]);
  });
});
