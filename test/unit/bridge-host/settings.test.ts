import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { networksOf, parseManifest, readNetworks } from "../../../src/bridges/host/networks.ts";
import { accountName, checkSettings, withDefaults } from "../../../src/bridges/host/settings.ts";
import type { Manifest } from "../../../src/bridges/contract/index.ts";
import { MANIFEST, NETWORK } from "./harness/scripted-network.ts";

const good = { host: "irc.example.org", nick: "me" };
const check = (more: Record<string, string>) => checkSettings(MANIFEST, { ...good, ...more });
const code = (value: string) => expect.objectContaining({ name: "HomeportError", code: value });

describe("settings against the manifest", () => {
  test("what fits comes back as it was given, without the defaults; the plugin is given them", () => {
    expect(check({ port: "7000", password: "correct horse" })).toEqual({ ...good, port: "7000", password: "correct horse" });
    expect(check({})).toEqual(good);
    expect(withDefaults(MANIFEST, check({}))).toEqual({ ...good, port: "6697", tls: "yes" });
  });

  test("a setting that is missing or empty, and required", () => {
    expect(() => checkSettings(MANIFEST, { nick: "me" })).toThrow(code("missing-field"));
    expect(() => check({ host: "" })).toThrow(code("missing-field"));
    expect(check({ password: "" })).toEqual(good);
  });

  test("a setting that the network does not have, whatever it is called", () => {
    for (const id of ["colour", "__proto__x", "constructor", "toString"]) expect(() => check({ [id]: "1" })).toThrow(code("unknown-field"));
  });

  test.each([
    ["port", "0"],
    ["port", "65536"],
    ["port", "12a"],
    ["tls", "maybe"],
    ["nick", "1st"],
    ["nick", "me extra"],
    ["host", "a b"],
    ["host", "http://x/y"],
    ["host", "a\r\nb"],
    ["password", "a\u0000b"],
    ["password", "x".repeat(5_000)],
  ])("%s = %j does not fit", (id, value) => {
    expect(() => check({ [id]: value })).toThrow(code("bad-field"));
  });

  test("a pattern fits the whole value", () => {
    expect(() => check({ nick: "good bad" })).toThrow(code("bad-field"));
    const either: Manifest = { ...MANIFEST, fields: [{ id: "x", type: "text", help: "", required: true, secret: false, pattern: "a|b" }] };
    expect(() => checkSettings(either, { x: "ac" })).toThrow(code("bad-field"));
    expect(checkSettings(either, { x: "b" })).toEqual({ x: "b" });
  });

  test("no error repeats a value", () => {
    fc.assert(
      fc.property(fc.constantFrom("port", "tls", "host", "nick", "password"), fc.string(), (id, value) => {
        try {
          check({ [id]: `hunter2${value}` });
        } catch (error) {
          expect(String(error)).not.toContain("hunter2");
        }
      }),
    );
  });

  test("the account's name is made of what is not secret", () => {
    expect(accountName(MANIFEST, { ...good, password: "correct horse" })).toBe("Scripted me@irc.example.org");
    const secretive: Manifest = { ...MANIFEST, fields: MANIFEST.fields.map((field) => ({ ...field, secret: true })) };
    expect(accountName(secretive, good)).toBe("Scripted");
  });
});

describe("manifests", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "homeport-networks-"));
    const put = (name: string, manifest: unknown) => {
      mkdirSync(join(folder, name));
      if (manifest !== undefined)
        writeFileSync(join(folder, name, "manifest.json"), typeof manifest === "string" ? manifest : JSON.stringify(manifest));
    };
    put("scripted", MANIFEST);
    put("kit", undefined);
    put("broken", "{");
    put("liar", { ...MANIFEST, id: "other" });
    put("climber", { ...MANIFEST, id: "climber", entry: "../../elsewhere.ts" });
    writeFileSync(join(folder, "a-file"), "");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("are read from their folders; what is wrong is told and left out, what is none is passed over", () => {
    const problems: string[] = [];
    const networks = readNetworks(folder, (network, error) => problems.push(`${network}: ${(error as { code: string }).code}`));
    expect(networks.list()).toMatchObject([
      { manifest: { id: "scripted" }, module: join(folder, "scripted", "plugin.ts"), origin: "homeport" },
    ]);
    expect(problems).toEqual(["broken: bad-manifest", "climber: bad-manifest", "liar: bad-manifest"]);
  });

  test("one that promises a better label than a bridge can give, or has a field twice, is refused", () => {
    expect(() => parseManifest(JSON.stringify({ ...MANIFEST, ceiling: "e2ee-device" }))).toThrow(code("bad-manifest"));
    expect(() => parseManifest(JSON.stringify({ ...MANIFEST, fields: [...MANIFEST.fields, MANIFEST.fields[0]] }))).toThrow(
      code("bad-manifest"),
    );
    expect(() => parseManifest(JSON.stringify({ ...MANIFEST, fields: [{ ...MANIFEST.fields[0], pattern: "(" }] }))).toThrow(
      code("bad-manifest"),
    );
  });

  test("an unknown network is named by none", () => {
    expect(() => networksOf([NETWORK]).get("icq")).toThrow(code("unknown-network"));
    expect(networksOf([NETWORK]).get("scripted")).toBe(NETWORK);
  });
});
