import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { creditFrame, endFrame, FRAME, streamHeader } from "../../../src/bridges/kit/wire/frame.ts";
import { MAX_STREAMS, WINDOW } from "../../../src/bridges/kit/wire/limits.ts";
import type { MuxStream } from "../../../src/bridges/kit/wire/mux-stream.ts";
import { connectionAndSocket, connectionPair } from "./socket-pair.ts";

const DONE = new Error("done");
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const data = (stream: number, bytes: Buffer): Buffer => Buffer.concat([streamHeader(FRAME.data, stream, bytes.length), bytes]);

/** Both ends of one stream. */
async function streamPair(): Promise<{ left: MuxStream; right: MuxStream; close: () => void }> {
  const [a, b] = await connectionPair();
  const left = a.openStream();
  b.reserveStream(left.id);
  const right = b.acceptStream(left.id);
  left.on("error", () => {});
  right.on("error", () => {});
  return { left, right, close: () => [a, b].forEach((one) => one.close(DONE)) };
}

/** Not by iterating: that would destroy the stream while its other direction is still at work. */
function readAll(stream: MuxStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("end", () => resolve(Buffer.concat(chunks)));
    stream.once("error", reject);
  });
}

describe("streams", () => {
  it("carry megabytes both ways at once, byte for byte, and end on both sides", async () => {
    const { left, right, close } = await streamPair();
    const [there, back] = [randomBytes(5_000_000), randomBytes(3_000_000)];
    left.end(there);
    right.end(back);
    const [gotThere, gotBack] = await Promise.all([readAll(right), readAll(left)]);
    expect(gotThere.equals(there)).toBe(true);
    expect(gotBack.equals(back)).toBe(true);
    close();
  });

  it("let the other direction go on after one has ended", async () => {
    const { left, right, close } = await streamPair();
    left.end("question");
    expect((await readAll(right)).toString()).toBe("question");
    right.end("answer");
    expect((await readAll(left)).toString()).toBe("answer");
    close();
  });

  it("whose reader waits make their writer wait: no more than the window is on the way", async () => {
    const { left, right, close } = await streamPair();
    let taken = 0;
    const chunk = Buffer.alloc(16 * 1024);
    const write = (): void =>
      void left.write(chunk, () => {
        taken += chunk.length;
        write();
      });
    write();
    await pause(200);
    expect(taken).toBeLessThanOrEqual(WINDOW + right.readableHighWaterMark + chunk.length);
    const before = taken;
    right.resume();
    await pause(200);
    expect(taken).toBeGreaterThan(before + 2 * WINDOW);
    close();
  });

  it("that wait do not hold up the others nor the calls", async () => {
    const [a, b] = await connectionPair({}, { serve: async () => "pong" });
    const [stuck, free] = [a.openStream(), a.openStream()];
    for (const { id } of [stuck, free]) b.reserveStream(id);
    b.acceptStream(stuck.id).on("error", () => {});
    const reader = b.acceptStream(free.id);
    for (const one of [stuck, free, reader]) one.on("error", () => {});
    stuck.write(Buffer.alloc(4 * WINDOW));
    const bytes = randomBytes(2 * WINDOW);
    free.end(bytes);
    expect((await readAll(reader)).equals(bytes)).toBe(true);
    await expect(a.call("ping", null, { deadline: 1_000 })).resolves.toBe("pong");
    a.close(DONE);
  });

  it("that are destroyed tell the other side why", async () => {
    const { left, right, close } = await streamPair();
    const failed = new Promise<Error>((resolve) => left.once("error", resolve));
    right.destroy(new Error("the server went away"));
    expect((await failed).message).toBe("The connection was cut: the server went away");
    close();
  });

  it("all end when the connection does", async () => {
    const { left, right, close } = await streamPair();
    const closed = Promise.all([left, right].map((one) => new Promise((resolve) => one.once("close", resolve))));
    close();
    await closed;
    expect([left.destroyed, right.destroyed]).toEqual([true, true]);
  });

  it("are bounded in number", async () => {
    const [a] = await connectionPair();
    for (let i = 0; i < MAX_STREAMS; i++) a.openStream().on("error", () => {});
    expect(() => a.openStream()).toThrow(expect.objectContaining({ data: expect.objectContaining({ code: "rate" }) }));
    a.close(DONE);
  });

  it("have ids that go up and are never used twice", async () => {
    const [a] = await connectionPair();
    a.reserveStream(5);
    for (const id of [5, 4, 0, -1, 1.5, 2 ** 32]) expect(() => a.reserveStream(id)).toThrow("a stream id out of order");
    a.close(DONE);
  });
});

describe("a hostile writer of a stream", () => {
  async function accepted() {
    const [connection, socket] = await connectionAndSocket();
    connection.reserveStream(1);
    const stream = connection.acceptStream(1);
    stream.on("error", () => {});
    return { connection, socket };
  }

  it.each([
    [
      "more bytes than the window",
      Array.from({ length: WINDOW / 65_536 + 1 }, () => data(1, Buffer.alloc(65_536))),
      "more data than the window allows",
    ],
    [
      "many tiny frames, which cost more than their bytes",
      Array.from({ length: WINDOW / 256 + 1 }, () => data(1, Buffer.of(1))),
      "more data than the window allows",
    ],
    ["empty data", [data(1, Buffer.alloc(0))], "data where none was allowed"],
    ["data after the end", [endFrame(1), data(1, Buffer.of(1))], "data where none was allowed"],
    ["two ends", [endFrame(1), endFrame(1)], "an end after the end"],
    ["credit that was never used", [creditFrame(1, 1)], "more credit than the window has"],
  ])("with %s ends the connection", async (_what, frames, reason) => {
    const { connection, socket } = await accepted();
    socket.write(Buffer.concat(frames));
    await expect(connection.closed).resolves.toMatchObject({ name: "WireError", message: reason });
  });

  it("that goes on after the stream is gone is not heard", async () => {
    const { connection, socket } = await accepted();
    connection.stream(1)?.destroy();
    await pause(10);
    for (let i = 0; i < 100; i++) socket.write(data(1, Buffer.alloc(60_000)));
    await pause(50);
    expect(connection.stream(1)).toBeUndefined();
    connection.close(DONE);
    await expect(connection.closed).resolves.toBe(DONE);
  });
});
