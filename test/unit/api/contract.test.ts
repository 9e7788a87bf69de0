import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Message } from "../../../src/api/messages.ts";
import { type Method, methods } from "../../../src/api/methods.ts";
import { openrpcDocument } from "../../../src/api/openrpc.ts";
import { fitPage } from "../../../src/api/page.ts";

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  const?: string;
}

/** Names of the fields of an answer or of its rows. */
function fields(schema: z.ZodType): string[] {
  const json = z.toJSONSchema(schema, { io: "input" }) as Schema;
  return Object.keys((json.items ?? json).properties ?? {});
}

const result = (name: keyof typeof methods) => fields(methods[name].result);

/** The command line's table of JSON fields is a public interface: fields may be added, none may go. */
const FIELDS: Partial<Record<keyof typeof methods, string[]>> = {
  status: ["version", "account", "device", "uptime", "addresses", "peers", "bridges", "notices", "storage", "locked", "vault", "app"],
  doctor: ["check", "ok", "message", "fix"],
  "device.list": ["device", "name", "class", "state", "self", "online", "lastSeen"],
  "device.revoke": ["device", "state"],
  "device.freeze": ["device", "state"],
  "device.unfreeze": ["device", "state"],
  "bridge.networks": ["network", "name", "fields", "delivery", "ceiling"],
  "bridge.add": ["account"],
  "bridge.list": ["account", "network", "device", "state", "error", "isolated", "link"],
  "bridge.open": ["conversation"],
  "bridge.close": ["conversation", "closed"],
  "bridge.remove": ["account", "removed"],
  chats: ["conversation", "name", "network", "account", "kind", "label", "trust", "unread", "last"],
  send: ["id", "state"],
  "outbox.list": ["id", "conversation", "state", "reason", "since"],
};

describe("what scripts rely on", () => {
  for (const [name, wanted] of Object.entries(FIELDS)) {
    test(`${name} has its fields`, () => expect(result(name as keyof typeof methods)).toEqual(expect.arrayContaining(wanted)));
  }

  test("a message has its fields", () => {
    const { properties } = z.toJSONSchema(methods.read.result, { io: "input" }) as Schema;
    expect(Object.keys(properties?.messages?.items?.properties ?? {})).toEqual(
      expect.arrayContaining([
        "id",
        "conversation",
        "from",
        "ts",
        "arrived",
        "text",
        "kind",
        "label",
        "facts",
        "trust",
        "state",
        "replyTo",
        "edited",
        "deleted",
      ]),
    );
  });

  test("streams have their events", () => {
    const events = (schema: z.ZodType) =>
      ((z.toJSONSchema(schema, { io: "input" }) as Schema).oneOf ?? []).map(({ properties = {} }) => [
        properties.event?.const,
        ...Object.keys(properties).slice(1),
      ]);
    expect(events(methods["device.link"].event)).toEqual([
      ["link", "link", "expires"],
      ["code", "code"],
      ["linked", "device", "name"],
    ]);
    expect(events(methods.watch.event).map((event) => event.slice(0, 4))).toEqual([
      ["ready", "cursor"],
      ["message", "cursor", "message"],
      ["state", "cursor", "id", "state"],
      ["file", "cursor", "file"],
      ["notice", "cursor", "notice"],
      ["changed", "cursor", "message"],
      ["chat", "cursor", "chat"],
      ["moment", "cursor", "moment"],
      ["gone", "cursor", "conversation"],
    ]);
  });

  test("every text and every list is bounded", () => {
    for (const [name, method] of Object.entries<Method>(methods))
      for (const schema of [method.params, method.result, ...(method.event ? [method.event] : [])])
        expect([name, unbounded(z.toJSONSchema(schema, { io: "input" }))]).toEqual([name, []]);
  });
});

interface Bounded {
  type?: string;
  maxLength?: number;
  maxItems?: number;
  enum?: unknown[];
  const?: unknown;
}

/** Paths of texts and lists that may be of any length. */
function unbounded(schema: unknown, path = ""): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { type, maxLength, maxItems, enum: among, const: fixed, ...rest } = schema as Bounded;
  const open =
    (type === "string" && maxLength === undefined && among === undefined && fixed === undefined) ||
    (type === "array" && maxItems === undefined);
  // A record's keys are bounded by their pattern.
  const inner = Object.entries(rest).filter(([key]) => key !== "propertyNames");
  return [...(open ? [path] : []), ...inner.flatMap(([key, value]) => unbounded(value, `${path}/${key}`))];
}

test("docs/openrpc.json is up to date; `node scripts/openrpc.ts > docs/openrpc.json` makes it", async () => {
  const root = new URL("../../../", import.meta.url);
  const { version } = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as { version: string };
  const written: unknown = JSON.parse(await readFile(new URL("docs/openrpc.json", root), "utf8"));
  expect(written).toEqual(openrpcDocument(version));
});

test("every reference of the OpenRPC document leads somewhere, and every method is in it", () => {
  const document = openrpcDocument("0") as { methods: { name: string }[]; components: { schemas: Record<string, unknown> } };
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]*)"/g)].map((found) => found[1] ?? "");
  expect(references.filter((name) => !(name in document.components.schemas))).toEqual([]);
  expect(document.methods.map(({ name }) => name)).toEqual(Object.keys(methods));
});

test("a page that is too large loses its oldest messages and says that there are more", () => {
  const messages = Array.from({ length: 10 }, (_, n) => ({ id: `msg_${n}`, text: "x".repeat(1000) }) as Message);
  expect(fitPage(messages, false)).toEqual({ messages, more: false });
  const cut = fitPage(messages, false, 3500);
  expect(cut.messages.map(({ id }) => id)).toEqual(["msg_7", "msg_8", "msg_9"]);
  expect(cut.more).toBe(true);
  expect(fitPage(messages, false, 1).messages).toHaveLength(1);
  expect(fitPage([], true)).toEqual({ messages: [], more: true });
});
