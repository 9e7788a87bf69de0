import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeLine, LineReader, type ReadLine } from "../../../src/bridges/irc/line-reader.ts";

const texts = (lines: ReadLine[]) => lines.map((line) => ("text" in line ? line.text : line.oversized));

describe("lines of a server", () => {
  test("however the stream is cut, the same lines come out", () => {
    const line = fc.string({ unit: "grapheme", maxLength: 60 }).filter((text) => text !== "" && !/[\r\n\0]/.test(text));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(40), { minLength: 1 }), fc.boolean(), (lines, cuts, crlf) => {
        const bytes = Buffer.from(lines.map((text) => text + (crlf ? "\r\n" : "\n")).join(""));
        const reader = new LineReader();
        const read: ReadLine[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = (cuts[turn % cuts.length] ?? 0) + 1;
          read.push(...reader.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(texts(read)).toEqual(lines.map((text) => text.toWellFormed()));
      }),
    );
  });

  test("a line over the limit is dropped whole and counted; the next one is read", () => {
    const reader = new LineReader(100);
    const flood = "x".repeat(60);
    expect(
      texts([...reader.push(Buffer.from(flood)), ...reader.push(Buffer.from(flood)), ...reader.push(Buffer.from(`${flood}\r\nnext\r\n`))]),
    ).toEqual([181, "next"]);
  });

  test("a server that never ends its line costs no memory", () => {
    const reader = new LineReader();
    const chunk = Buffer.alloc(1024 * 1024, "x");
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 200; n++) reader.push(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    expect(texts(reader.push(Buffer.from("\nstill here\n")))).toEqual([200 * 1024 * 1024, "still here"]);
  });

  test.each([
    ["UTF-8", Buffer.from("grüße 😀"), "grüße 😀"],
    ["Latin-1 where it is no UTF-8", Buffer.from("gr\xfc\xdfe", "latin1"), "grüße"],
    ["UTF-8 that the server cut inside a character", Buffer.from("grüße 😀").subarray(0, -1), "grüße "],
    ["a cut of two bytes", Buffer.from("€").subarray(0, 2), ""],
    ["NUL and CR inside", Buffer.from("a\0b\rc\r"), "a\uFFFDb\uFFFDc"],
    ["a byte order mark is kept", Buffer.from("\uFEFFx"), "\uFEFFx"],
  ])("decoding: %s", (_what, bytes, text) => {
    expect(decodeLine(bytes)).toBe(text);
  });

  test("any bytes decode to something without CR, LF and NUL", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const line of new LineReader().push(Buffer.concat([bytes, Buffer.from("\n")]))) {
          expect("text" in line && line.text).not.toMatch(/[\r\n\0]/);
        }
      }),
    );
  });
});
