import { describe, expect, test } from "vitest";
import { parseManifest } from "../../../src/bridges/host/networks.ts";
import { accountName, checkSettings, withDefaults } from "../../../src/bridges/host/settings.ts";
import { readConfig } from "../../../src/bridges/irc/config.ts";
import { BridgeError } from "../../../src/bridges/kit/index.ts";
import { manifest } from "./rig.ts";

const GOOD = { host: "irc.example.org", nick: "alice" };

function refusal(fields: Record<string, string>): unknown {
  try {
    return readConfig(fields);
  } catch (error) {
    return error instanceof BridgeError ? error.data : error;
  }
}

describe("the manifest", () => {
  test("is one that the host takes, and its defaults make an account of a host and a nick", () => {
    const parsed = parseManifest(JSON.stringify(manifest));
    expect(parsed.ceiling).toBe("server-reads");
    expect(readConfig(withDefaults(parsed, checkSettings(parsed, GOOD)))).toMatchObject({ ...GOOD, port: 6697, tls: true });
    expect(accountName(parsed, GOOD)).toBe("IRC alice@irc.example.org");
  });

  test.each(["Alice", "al-ice", "[alice]", "élise", "a|b`c^{}", "_x"])("takes the nick %s, and so does the plugin", (nick) => {
    expect(readConfig(checkSettings(manifest, { ...GOOD, nick }))).toMatchObject({ nick });
  });

  test.each(["#a", "1a", "a b", "a!b", "a@b", ":a", "", "a\nb", "-a", "a,b", "a*"])(
    "refuses the nick %j, and so does the plugin",
    (nick) => {
      expect(() => checkSettings(manifest, { ...GOOD, nick })).toThrow(/"nick"/);
      expect(refusal({ ...GOOD, nick })).toMatchObject({
        code: "auth",
        action: "check-settings",
        message: expect.stringContaining('"nick"'),
      });
    },
  );

  test.each([
    ["fingerprint", "ab".repeat(32), true],
    ["fingerprint", "AB:".repeat(31) + "cd", true],
    ["fingerprint", "ab".repeat(31), false],
    ["tls", "unverified", true],
    ["tls", "maybe", false],
    ["flood_interval", "x", false],
    ["socks", "127.0.0.1:9050", true],
    ["socks", "user:p@ss:word@proxy.example:1080", true],
    ["socks", "[::1]:9050", true],
    ["socks", "127.0.0.1", false],
    ["socks", "http://127.0.0.1:9050", false],
  ])("%s=%s is taken: %s", (id, value, taken) => {
    const check = () => checkSettings(manifest, { ...GOOD, [id]: value });
    if (taken) expect(check()).toHaveProperty(id, value);
    else expect(check).toThrow(new RegExp(`"${id}"`));
  });
});

describe("settings", () => {
  test("the password is the server's, or with sasl the account's, and never both", () => {
    expect(readConfig({ ...GOOD, password: "pw" })).toMatchObject({ serverPassword: "pw", sasl: undefined });
    expect(readConfig({ ...GOOD, password: "pw", sasl: "ali" })).toMatchObject({
      serverPassword: undefined,
      sasl: { account: "ali", password: "pw" },
    });
    expect(refusal({ ...GOOD, sasl: "ali" })).toMatchObject({ message: expect.stringContaining('"password"') });
  });

  test("unverified TLS is still TLS for the plugin; only no is none", () => {
    expect(["yes", "unverified", "no", ""].map((tls) => readConfig({ ...GOOD, tls }).tls)).toEqual([true, true, false, true]);
  });

  test.each(["host", "nick", "username", "realname", "password", "sasl", "port"])(
    "a line break in %s is refused without repeating it",
    (id) => {
      const refused = refusal({ ...GOOD, password: "x", [id]: "secret\r\nQUIT" });
      expect(refused).toMatchObject({ code: "auth", sent: "no", message: expect.stringContaining(`"${id}"`) });
      expect(JSON.stringify(refused)).not.toContain("secret");
    },
  );

  test.each([
    ["port", "0"],
    ["port", "65536"],
    ["port", "6697.5"],
    ["flood_burst", "0"],
    ["flood_interval", "-1"],
    ["username", "a b"],
    ["host", "a b"],
  ])("%s=%s is refused", (id, value) => {
    expect(refusal({ ...GOOD, [id]: value })).toMatchObject({ message: expect.stringContaining(`"${id}"`) });
  });
});
