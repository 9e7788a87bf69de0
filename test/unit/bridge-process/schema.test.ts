import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch, Inbound } from "../../../src/bridges/contract/index.ts";
import { CALL_SCHEMAS, check, NOTE_SCHEMAS, RESULT_SCHEMAS } from "../../../src/bridges/host/process/schema.ts";
import { WireError } from "../../../src/bridges/kit/wire/wire-error.ts";
import { CAPS, room } from "../../faults/plugins/base.ts";

const SEC = { link: { kind: "tls", verified: true, measuredBy: "host" }, source: "live" } as const;
const STAMP = { conv: "#c", key: "k", ts: 1_700_000_000_000, from: "alice", sec: SEC };
const TARGET = { conv: "#c", id: "m" };
const MEDIA = { handle: "h", name: "a.png", size: 5 };
const ERROR = { code: "rate", sent: "no", message: "slowly" } as const;

const EVERY_EVENT: Inbound[] = [
  {
    ...STAMP,
    kind: "message",
    id: "m",
    style: "text",
    txn: "t",
    body: { text: "x", format: "md", raw: "y" },
    media: [MEDIA],
    replyTo: TARGET,
    thread: "r",
    mentionsMe: true,
  },
  { ...STAMP, kind: "edit", target: TARGET, rev: "2", body: { text: "x" } },
  { ...STAMP, kind: "delete", target: TARGET, by: "bob" },
  { ...STAMP, kind: "reactions", target: TARGET, user: "self", set: ["👍"] },
  { ...STAMP, kind: "receipt", type: "read", upTo: TARGET, user: "bob" },
  { ...STAMP, kind: "typing", user: "bob", on: true, ttlMs: 5_000 },
  { ...STAMP, kind: "presence", user: "bob", state: "away", text: "lunch" },
  { ...STAMP, kind: "membership", change: "nick", user: "bob", by: "bob", to: "bobby", text: "x" },
  { ...STAMP, kind: "topic", topic: "x" },
  { ...STAMP, kind: "members", mode: "snapshot", set: [{ user: "bob", role: "op", state: "join" }] },
  { ...STAMP, kind: "conv", patch: { name: "x", caps: CAPS, state: "joined", topic: "y", url: "https://x.example" } },
  { ...STAMP, kind: "user", user: "bob", patch: { name: "Bob", handle: "@bob", avatar: MEDIA, bot: false } },
  { ...STAMP, kind: "gap", since: 5, reason: "x" },
  { ...STAMP, kind: "sendError", txn: "t", error: ERROR },
];

const ingest = (batch: unknown): Batch => check(CALL_SCHEMAS.ingest, "ingest", batch);
const one = (event: unknown): Batch => ({ source: "live", events: [event as Inbound] });

describe("what a child may hand over", () => {
  it.each(EVERY_EVENT.map((event) => [event.kind, event] as const))("is a %s, which comes through whole", (_kind, event) => {
    expect(ingest(one(event))).toEqual(one(event));
  });

  it("is a cursor and state of bytes with it", () => {
    const batch = { source: "catchup", events: [], cursor: { scope: "#c", value: "17" }, kv: { a: new Uint8Array([1]), b: null } };
    expect(ingest(batch)).toEqual(batch);
  });

  it("has no field that the contract does not know", () => {
    expect(ingest(one({ ...EVERY_EVENT[0], label: "e2ee-device", admin: true }))).toEqual(one(EVERY_EVENT[0]));
  });

  it.each([
    ["no kind", { kind: undefined }],
    ["an unknown kind", { kind: "exploit" }],
    ["an empty id", { id: "" }],
    ["an id of 513 bytes", { id: "ü".repeat(257) }],
    ["a conversation that is a number", { conv: 5 }],
    ["a time that is text", { ts: "now" }],
    ["a time before 1970", { ts: -1 }],
    ["a time that is none", { ts: 9e15 }],
    ["no security facts", { sec: undefined }],
    ["a made-up kind of link", { sec: { ...SEC, link: { ...SEC.link, kind: "quantum" } } }],
    ["a body without text", { body: {} }],
    ["51 attachments", { media: Array(51).fill(MEDIA) }],
  ])("is refused with %s", (_what, change) => {
    expect(() => ingest(one({ ...EVERY_EVENT[0], ...change }))).toThrow(WireError);
  });

  it.each([
    ["501 events", { source: "live", events: Array(501).fill(EVERY_EVENT[8]) }],
    ["an unknown source", { source: "dream", events: [] }],
    ["state that is not bytes", { source: "live", events: [], kv: { a: "text" } }],
    ["too much state", { source: "live", events: [], kv: Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`k${i}`, null])) }],
    ["nothing", null],
    ["a list", []],
  ])("is not a batch of %s", (_what, batch) => {
    expect(() => ingest(batch)).toThrow(WireError);
  });

  it("has its words cut and its ids not: two ids that are cut could become one", () => {
    const [event] = ingest(one({ ...EVERY_EVENT[8], topic: "👍".repeat(5_000) })).events as { topic: string }[];
    expect(event?.topic.length).toBeLessThanOrEqual(4_096);
    expect(event?.topic.isWellFormed()).toBe(true);
    expect(event?.topic.endsWith("…")).toBe(true);
  });

  it("never makes the check itself fail, and its refusal never tells the value", () => {
    const hostile = fc.anything({ withNullPrototype: true, withTypedArray: true, maxDepth: 4 });
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(CALL_SCHEMAS), ...Object.values(NOTE_SCHEMAS), ...Object.values(RESULT_SCHEMAS)),
        hostile,
        (schema, value) => {
          try {
            check(schema as never, "x", value);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        },
      ),
      { numRuns: 2_000 },
    );
    expect(() => ingest(one({ ...EVERY_EVENT[0], ts: "a secret value" }))).toThrow(/^(?!.*secret)/);
  });
});

describe("other calls of a child", () => {
  it.each([
    ["dial", { stream: 1, host: "a", port: 0, tls: "none" }],
    ["dial", { stream: 0, host: "a", port: 1, tls: "none" }],
    ["dial", { stream: 1, host: "a".repeat(256), port: 1, tls: "none" }],
    ["dial", { stream: 1, host: "a", port: 1, tls: "whatever" }],
    ["dial", { stream: 1, host: "a", port: 1, tls: "none", alpn: Array(9).fill("x") }],
    ["upgrade", { from: 1, stream: 2 }],
    ["lookup", {}],
    ["vaultGet", { key: "" }],
    ["vaultSet", { key: "k", value: "x".repeat(70_000) }],
  ] as const)("%s: %j is refused", (method, params) => {
    expect(() => check<unknown>(CALL_SCHEMAS[method], method, params)).toThrow(WireError);
  });

  it("its answers are checked like its calls", () => {
    const good: [keyof typeof RESULT_SCHEMAS, unknown][] = [
      ["execute", { state: "acked", refs: [TARGET], ts: 1, sec: SEC }],
      ["execute", { state: "accepted" }],
      [
        "reconcile",
        [
          { txn: "a", found: "yes", refs: [TARGET] },
          { txn: "b", found: "no" },
          { txn: "c", found: "cannot-know" },
        ],
      ],
      ["open", room("#c")],
      ["list", [room("#c"), { id: "bob", name: "Bob" }]],
      ["history", { batch: { source: "backfill", events: [] }, more: false }],
      ["health", { lagMs: 1.5, state: "online" }],
    ];
    for (const [method, value] of good) expect(check<unknown>(RESULT_SCHEMAS[method], method, value)).toEqual(value);
    const bad: [keyof typeof RESULT_SCHEMAS, unknown][] = [
      ["execute", { state: "acked", refs: [TARGET] }],
      ["execute", undefined],
      ["reconcile", [{ txn: "a", found: "perhaps" }]],
      ["split", Array(51).fill("x")],
      ["open", { id: "#c", name: "x" }],
      ["health", { lagMs: Number.NaN, state: "online" }],
    ];
    for (const [method, value] of bad) expect(() => check<unknown>(RESULT_SCHEMAS[method], method, value)).toThrow(WireError);
  });
});
