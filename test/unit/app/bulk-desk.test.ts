import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { BulkDesk } from "../../../src/app/worker/bulk-desk.ts";
import { concat } from "../../../src/sync/encoding/bytes.ts";

const never = new AbortController().signal;

async function whole(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of bytes) all.push(piece.slice());
  return concat(...all);
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 70_000) yield bytes.subarray(at, at + 70_000);
}

describe("bytes of files in a browser device", () => {
  test("what a page brings under the ticket is what the device takes", async () => {
    const desk = new BulkDesk();
    const bytes = new Uint8Array(randomBytes(300_000));
    let isWaiting = false;
    const bring = async (ticket: string) => {
      isWaiting = desk.visit(ticket, { brings: new Blob([bytes]) });
    };
    const taken = await desk.receive(never, bring, whole);
    expect(isWaiting).toBe(true);
    expect(taken).toEqual(bytes);
  });

  test("what the device gives is what the page gets, with progress", async () => {
    const desk = new BulkDesk();
    const bytes = new Uint8Array(randomBytes(300_000));
    const progress: number[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<Blob>();
    const takes = { progress: (count: number) => void progress.push(count), done: resolve, failed: () => reject(new Error("failed")) };
    await desk.send(never, async (ticket) => void desk.visit(ticket, { takes }), inPieces(bytes));
    expect(new Uint8Array(await (await promise).arrayBuffer())).toEqual(bytes);
    expect(progress.at(-1)).toBe(bytes.length);
  });

  test("a ticket is good once, and not after its call was cancelled", async () => {
    const desk = new BulkDesk();
    let used = "";
    await desk.receive(never, async (ticket) => void desk.visit((used = ticket), { brings: new Blob(["x"]) }), whole);
    expect(desk.visit(used, { brings: new Blob(["y"]) })).toBe(false);
    const controller = new AbortController();
    const call = desk.receive(controller.signal, async (ticket) => void (used = ticket), whole);
    controller.abort(new Error("the person cancelled"));
    await expect(call).rejects.toThrow("the person cancelled");
    expect(desk.visit(used, { brings: new Blob(["y"]) })).toBe(false);
  });

  test("a transfer that is cancelled in the middle ends on both sides", async () => {
    const desk = new BulkDesk();
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<string>();
    const takes = {
      progress: () => controller.abort(new Error("cancelled")),
      done: () => resolve("done"),
      failed: () => resolve("failed"),
    };
    const call = desk.send(controller.signal, async (ticket) => void desk.visit(ticket, { takes }), inPieces(new Uint8Array(300_000)));
    await expect(call).rejects.toThrow("cancelled");
    expect(await promise).toBe("failed");
  });
});
