import { encode } from "cborg";
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../../src/bridges/kit/bridge-error.ts";
import { messageHeader } from "../../../src/bridges/kit/wire/frame.ts";
import { MAX_CALLS, MAX_WAITING_CALLS } from "../../../src/bridges/kit/wire/limits.ts";
import { connectionAndSocket, connectionPair } from "./socket-pair.ts";

const DEADLINE = { deadline: 2_000 };
const frame = (value: unknown): Buffer => {
  const body = encode(value);
  return Buffer.concat([messageHeader(body.length), body]);
};
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Answers only when told to. */
function held() {
  const arrived: string[] = [];
  const answers: ((value: unknown) => void)[] = [];
  const signals: AbortSignal[] = [];
  const serve = (method: string, _params: unknown, signal: AbortSignal): Promise<unknown> => {
    arrived.push(method);
    signals.push(signal);
    return new Promise((resolve) => answers.push(resolve));
  };
  return { arrived, answers, signals, serve };
}

describe("calls", () => {
  it("go both ways at once and get their own answers", async () => {
    const echo = (side: string) => ({ serve: async (method: string, params: unknown) => ({ side, method, params }) });
    const [a, b] = await connectionPair(echo("a"), echo("b"));
    const answers = await Promise.all([a.call("one", 1, DEADLINE), b.call("two", 2, DEADLINE), a.call("three", 3, DEADLINE)]);
    expect(answers).toEqual([
      { side: "b", method: "one", params: 1 },
      { side: "a", method: "two", params: 2 },
      { side: "b", method: "three", params: 3 },
    ]);
    a.close(new Error("done"));
  });

  it("bring the other side's BridgeError with all its data; anything else thrown is `internal` and maybe sent", async () => {
    const data = { code: "rate", sent: "no", message: "slowly", retryAfterMs: 7 } as const;
    const thrown = [new BridgeError(data), new TypeError("oops"), "a string", new BridgeError({ ...data, code: "odd" as "rate" })];
    // A signal throws whatever it was given, also what is no Error.
    const serve = async (_method: string, index: unknown): Promise<void> => AbortSignal.abort(thrown[index as number]).throwIfAborted();
    const [a] = await connectionPair({}, { serve });
    const errors = await Promise.all(thrown.map((_, i) => a.call("x", i, DEADLINE).catch((error: BridgeError) => error.data)));
    expect(errors).toEqual([
      data,
      { code: "internal", sent: "maybe", message: "oops" },
      { code: "internal", sent: "maybe", message: "a string" },
      { code: "internal", sent: "maybe", message: "An error of an unknown form." },
    ]);
    a.close(new Error("done"));
  });

  it("are at most 64 on the wire; the rest waits, and a bounded number of those", async () => {
    const other = held();
    const [a] = await connectionPair({}, { serve: other.serve });
    const calls = Array.from({ length: MAX_CALLS + MAX_WAITING_CALLS }, () => a.call("x", null, DEADLINE));
    await expect(a.call("x", null, DEADLINE)).rejects.toMatchObject({ data: { code: "rate", sent: "no" } });
    await until(() => other.arrived.length === MAX_CALLS);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(other.arrived.length).toBe(MAX_CALLS);
    other.answers[0]?.("first");
    await expect(calls[0]).resolves.toBe("first");
    await until(() => other.arrived.length === MAX_CALLS + 1);
    const settled = Promise.allSettled(calls);
    a.close(new Error("done"));
    expect((await settled).filter((one) => one.status === "rejected").length).toBe(calls.length - 1);
  });

  it("that are urgent get through when all places are taken", async () => {
    const other = held();
    const [a] = await connectionPair(
      {},
      { serve: (method, params, signal) => (method === "ping" ? Promise.resolve("pong") : other.serve(method, params, signal)) },
    );
    const calls = Promise.allSettled(Array.from({ length: MAX_CALLS + 5 }, () => a.call("x", null, DEADLINE)));
    await expect(a.call("ping", null, { ...DEADLINE, urgent: true })).resolves.toBe("pong");
    a.close(new Error("done"));
    await calls;
  });

  it("end at their deadline and tell the other side; a written one is maybe sent", async () => {
    const other = held();
    const [a] = await connectionPair({}, { serve: other.serve });
    await expect(a.call("x", null, { deadline: 50 })).rejects.toMatchObject({
      data: { code: "offline", sent: "maybe", message: "There was no answer within 0.1 s." },
    });
    await until(() => other.signals[0]?.aborted === true);
    a.close(new Error("done"));
  });

  it("are called off by their signal, before and after they are on the wire", async () => {
    const other = held();
    const [a] = await connectionPair({}, { serve: other.serve });
    await expect(a.call("x", null, { ...DEADLINE, signal: AbortSignal.abort() })).rejects.toMatchObject({ data: { sent: "no" } });
    const controller = new AbortController();
    const call = a.call("y", null, { ...DEADLINE, signal: controller.signal });
    await until(() => other.arrived.length === 1);
    controller.abort();
    await expect(call).rejects.toMatchObject({ data: { code: "offline", sent: "maybe" } });
    await until(() => other.signals[0]?.aborted === true);
    expect(other.arrived).toEqual(["y"]);
    a.close(new Error("done"));
  });

  it("whose caller gave up keep their place until they are answered, so that the other side never has more than 64 to do", async () => {
    const other = held();
    const [a, b] = await connectionPair({}, { serve: other.serve });
    const lost = Array.from({ length: MAX_CALLS }, () => a.call("lost", null, { deadline: 30 }));
    await Promise.allSettled(lost);
    await expect(a.call("next", null, { deadline: 50 })).rejects.toMatchObject({ data: { sent: "no" } });
    other.answers[5]?.(null);
    const next = a.call("next", null, DEADLINE);
    await until(() => other.arrived.includes("next"));
    other.answers.at(-1)?.("there");
    await expect(next).resolves.toBe("there");
    a.close(new Error("done"));
    await b.closed;
  });

  it("on the wire are maybe sent when the connection ends, those that wait are not", async () => {
    const other = held();
    const [a] = await connectionPair({}, { serve: other.serve });
    const calls = Array.from({ length: MAX_CALLS + 3 }, () => a.call("x", null, DEADLINE).catch((error: BridgeError) => error.data.sent));
    await until(() => other.arrived.length === MAX_CALLS);
    a.close(new Error("gone"));
    const sent = await Promise.all(calls);
    expect(sent.filter((one) => one === "maybe").length).toBe(MAX_CALLS);
    expect(sent.slice(MAX_CALLS)).toEqual(["no", "no", "no"]);
    await expect(a.call("x", null, DEADLINE)).rejects.toMatchObject({ data: { code: "offline", sent: "no", message: "gone" } });
  });

  it("that were called off before the socket took them never arrive", async () => {
    const [a, socket] = await connectionAndSocket();
    socket.pause();
    const filler = Promise.allSettled(Array.from({ length: 6 }, () => a.call("filler", "x".repeat(900_000), DEADLINE)));
    await expect(a.call("secret-last-one", null, { deadline: 50 })).rejects.toMatchObject({ data: { sent: "no" } });
    let seen = "";
    socket.on("data", (chunk: Buffer) => (seen += chunk.toString("latin1")));
    socket.resume();
    await until(() => seen.split("filler").length === 7);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).not.toContain("secret-last-one");
    a.close(new Error("done"));
    await filler;
  });
});

describe("the other side breaks the protocol", () => {
  it.each([
    ["an answer to no question", frame([2, 5, null])],
    ["a call id that is taken", Buffer.concat([frame([1, 1, "x", null]), frame([1, 1, "x", null])])],
    ["too many calls at once", Buffer.concat(Array.from({ length: 70 }, (_, i) => frame([1, i + 1, "x", null])))],
    ["a message that is not CBOR", Buffer.from("0000000300ffff", "hex")],
    ["a frame of 4294967295 bytes", Buffer.from("ffffffff", "hex")],
    ["a frame of a stream that was never opened", Buffer.from("000000060100000001aa", "hex")],
    ["a stream frame without a stream", Buffer.from("00000003010000", "hex")],
    ["a frame of a stream that was never opened", Buffer.from("000000060900000001aa", "hex")],
  ])("with %s: the connection ends and says so", async (reason, bytes) => {
    const [a, socket] = await connectionAndSocket({ serve: () => new Promise(() => {}) });
    socket.write(bytes);
    await expect(a.closed).resolves.toMatchObject({ name: "WireError", message: reason });
  });

  it("by never reading its answers: what waits for it is bounded by the calls it may have", async () => {
    let served = 0;
    const [a, socket] = await connectionAndSocket({
      serve: async () => {
        served++;
        return "x".repeat(500_000);
      },
    });
    socket.pause();
    for (let id = 1; id <= 500; id++) socket.write(frame([1, id, "x", null]));
    await expect(a.closed).resolves.toMatchObject({ message: "too many calls at once" });
    expect(served).toBeLessThan(150);
  });

  it("with a flood of frames: they are read no faster than allowed", async () => {
    let notes = 0;
    const [a, socket] = await connectionAndSocket({ note: () => notes++, frames: { burst: 400, perSecond: 400 } });
    const one = frame([5, "x", null]);
    const many = Buffer.concat(Array.from({ length: 100_000 }, () => one));
    socket.write(many);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    // A message costs 4; one chunk of the socket is always read as a whole.
    expect(notes).toBeLessThan(25_000);
    expect(notes).toBeGreaterThan(100);
    a.close(new Error("done"));
  });
});
