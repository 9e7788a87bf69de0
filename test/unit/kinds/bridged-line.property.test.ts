import fc from "fast-check";
import { expect, test } from "vitest";
import { isBridged } from "../../../src/sync/content/bridged-line.ts";
import { bridgedSchema } from "../../../src/sync/content/bridged.ts";
import type { Cbor } from "../../../src/sync/encoding/cbor.ts";

const WHOLE = {
  shape: "text",
  from: { id: "a", name: "b", self: false },
  ts: 5,
  placed: true,
  text: "hello",
  remote: "r",
  replyTo: { feed: new Uint8Array(32), inc: new Uint8Array(8), seq: 4 },
  mentionsMe: true,
  label: "server-reads",
  facts: {
    link: {
      ...{ kind: "tls", verified: true, version: "TLSv1.3", server: "s", certificate: { sha256: "x", issuer: "y" } },
      ...{ mechanism: "m", via: "v", measuredBy: "host" },
    },
    source: "live",
    e2ee: { protocol: "omemo:2", peer: "tofu", keyId: "k" },
    restBeyondServer: "unknown",
  },
};

type Fields = { [key: string]: Cbor };
const isMap = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !(value instanceof Uint8Array) && !Array.isArray(value);

/** Every field at any depth, as a way to it. */
function ways(value: Fields, before: readonly string[] = []): string[][] {
  return Object.entries(value).flatMap(([key, item]) => [[...before, key], ...(isMap(item) ? ways(item, [...before, key]) : [])]);
}

function changed(value: Fields, [key, ...rest]: readonly string[], to: Cbor | undefined): Fields {
  const { [key as string]: old, ...others } = value;
  if (rest.length > 0 && isMap(old)) return { ...others, [key as string]: changed(old, rest, to) };
  return to === undefined ? others : { ...others, [key as string]: to };
}

const values = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom<Cbor>(null, true, false, 0, -1, 1, 2 ** 53 - 1, "", "text", "action", "gap", "history", "none", "e2ee-device", [], {}),
  fc.constantFrom<Cbor>("x".repeat(512), "x".repeat(513), "x".repeat(64 * 1024), "x".repeat(64 * 1024 + 1), "pgp", "changed", "plugin"),
  fc.integer(),
  fc.string(),
  fc.uint8Array({ maxLength: 33 }),
  fc.constantFrom(new Uint8Array(32), new Uint8Array(8)),
);

test("a line of a bridge is accepted exactly where the schema accepts it", () => {
  expect(isBridged(WHOLE)).toBe(true);
  const all = ways(WHOLE);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...all), values), { minLength: 1, maxLength: 3 }), (changes) => {
      let body: Fields = WHOLE;
      for (const [way, to] of changes) body = changed(body, way, to);
      expect(isBridged(body)).toBe(bridgedSchema.safeParse(body).success);
    }),
    { numRuns: 3000 },
  );
  for (const body of [undefined, null, "text", 4, [], new Uint8Array(3)]) expect(isBridged(body)).toBe(false);
});
