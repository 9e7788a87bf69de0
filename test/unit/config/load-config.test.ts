import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ConfigFlags, loadConfig } from "../../../src/node/config.ts";
import { HomeportError } from "../../../src/sync/errors.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

let folder: TemporaryFolder;

beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv("XDG_CONFIG_HOME", join(folder.path, "xdg-config"));
  vi.stubEnv("XDG_DATA_HOME", join(folder.path, "xdg-data"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

const load = (flags: ConfigFlags = {}) => loadConfig({ data: folder.path, env: {}, flags });

function write(text: string | Uint8Array, file = join(folder.path, "config.toml")): string {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function refusal(run: () => unknown): HomeportError {
  try {
    run();
  } catch (error) {
    if (error instanceof HomeportError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("where settings come from", () => {
  it("has a default for everything", () => {
    expect(load()).toEqual({
      data: folder.path,
      file: undefined,
      name: undefined,
      listen: undefined,
      http: { host: "127.0.0.1", port: 0 },
      https: { host: "0.0.0.0", port: 8443 },
      webrtc: "off",
      relay: false,
      relayAt: [],
      mdns: true,
      peers: [],
      passphraseFile: undefined,
      logLevel: "info",
      fileQuota: 10 * 1024 ** 3,
      autoFetch: 10 * 1024 ** 2,
      logFile: undefined,
      metrics: "off",
      pushContact: "mailto:homeport@example.com",
      backup: { schedule: undefined, folder: join(folder.path, "backups"), keep: 7, files: false },
    });
  });

  it("prefers the file to the defaults and the flags to the file", () => {
    const file = write('name = "attic"\nmdns = false\nlog-level = "debug"\nlisten = ["/ip4/127.0.0.1/tcp/4001"]\n');
    expect(load({ name: "cellar", listen: ["/ip4/127.0.0.1/tcp/0/ws"] })).toMatchObject({
      file,
      name: "cellar",
      mdns: false,
      logLevel: "debug",
      listen: ["/ip4/127.0.0.1/tcp/0/ws"],
    });
  });

  it("lets a flag turn on what the file turned off", () => {
    write("mdns = false\n");
    expect(load({ mdns: true }).mdns).toBe(true);
  });

  it("takes the data folder from the flag, else from HOMEPORT_DATA, else from the platform", () => {
    const env = { HOMEPORT_DATA: join(folder.path, "env") };
    expect(loadConfig({ data: folder.path, env, flags: {} }).data).toBe(folder.path);
    expect(loadConfig({ env, flags: {} }).data).toBe(join(folder.path, "env"));
    expect(loadConfig({ env: {}, flags: {} }).data).toBe(join(folder.path, "xdg-data", "homeport"));
  });

  it("reads the person's configuration folder, but not for a data folder that was named", () => {
    write('name = "mine"\n', join(folder.path, "xdg-config", "homeport", "config.toml"));
    expect(loadConfig({ env: {}, flags: {} }).name).toBe("mine");
    expect(load().name).toBeUndefined();
  });

  it("prefers the data folder's file to the person's", () => {
    write('name = "mine"\n', join(folder.path, "xdg-config", "homeport", "config.toml"));
    write('name = "profile"\n', join(folder.path, "xdg-data", "homeport", "config.toml"));
    expect(loadConfig({ env: {}, flags: {} }).name).toBe("profile");
  });

  it("reads only the file that was named", () => {
    write('name = "default"\n');
    const named = write("mdns = false\n", join(folder.path, "other.toml"));
    expect(loadConfig({ data: folder.path, configFile: named, env: {}, flags: {} })).toMatchObject({
      file: named,
      name: undefined,
      mdns: false,
    });
  });

  it("takes a passphrase file of the configuration relative to it, one of a flag relative to the working directory", () => {
    write('passphrase-file = "secret"\n');
    expect(load().passphraseFile).toBe(join(folder.path, "secret"));
    expect(load({ passphraseFile: "secret" }).passphraseFile).toBe(join(process.cwd(), "secret"));
  });

  it.for([
    ["off", "off"],
    [":0", { host: "127.0.0.1", port: 0 }],
    [":8080", { host: "127.0.0.1", port: 8080 }],
    ["0.0.0.0:80", { host: "0.0.0.0", port: 80 }],
    ["home.example.org:443", { host: "home.example.org", port: 443 }],
    ["[::1]:8080", { host: "::1", port: 8080 }],
  ] as const)("understands --http %s", ([text, address]) => {
    expect(load({ http: text }).http).toEqual(address);
  });
});

describe("what is refused names file, line and what to do", () => {
  it.for([
    ["an unknown setting", 'name = "x"\nlistn = []\n', 2, "listn"],
    ["a secret", '# mine\n\npassphrase = "correct horse"\n', 3, "passphrase-file"],
    ["a value of the wrong type", 'name = "x"\n\n\nmdns = "no"\n', 4, "true or false"],
    ["a table instead of a value", "[http]\nport = 80\n", 1, "http"],
    ["a number instead of text", "name = 5\n", 1, "text in quotes"],
    ["a list that is none", 'listen = "/ip4/0.0.0.0/tcp/1"\n', 1, "a list"],
    ["an address that is none", 'peer = [\n  "/ip4/10.0.0.1/tcp/1",\n  "10.0.0.2:4001",\n]\n', 1, "/ip4/192.168.1.20/tcp/4001"],
    ["an address out of range", 'peer = ["/ip4/10.0.0.300/tcp/1"]\n', 1, "/ip4/"],
    ["a port of an address out of range", 'listen = ["/ip4/10.0.0.3/tcp/70000"]\n', 1, "/ip4/"],
    ["a port out of range", 'http = ":70000"\n', 1, "65535"],
    ["an address without a port", 'http = "localhost"\n', 1, "HOST:PORT"],
    ["an unknown level", 'log-level = "loud"\n', 1, '"debug"'],
    ["control characters in a name", 'name = "a\\u001b[31m"\n', 1, "control"],
    ["direction characters in a name", 'name = "a\\u202eb"\n', 1, "control"],
    ["an empty list of addresses", "listen = []\n", 1, "leave it out"],
    ["what is no TOML", 'mdns = true\nname = "x\n', 2, "TOML"],
    ["a key given twice", "mdns = true\nmdns = false\n", 2, "TOML"],
    ["the earliest of several", 'mdns = 1\nlog-level = "x"\n', 1, "mdns"],
  ] as const)("%s", ([, text, line, words]) => {
    const file = write(text);
    const { code, message } = refusal(load);
    expect(code).toBe("bad-config");
    expect(message).toContain(`${file}, line ${line}: `);
    expect(message).toContain(words);
    expect(message).toMatch(/^[^\n]*\.$/);
  });

  it("never quotes a value", () => {
    for (const text of ['passphrase = "hunter2"\n', 'passphrase = "hunter2\n', 'http = "hunter2"\n', "hunter = hunter2\n"]) {
      write(text);
      expect(refusal(load).message).not.toContain("hunter2");
    }
  });

  it("a file that is not UTF-8, too large, or a folder", () => {
    write(Uint8Array.of(0x6e, 0xff, 0xfe));
    expect(refusal(load).message).toContain("UTF-8");
    write("#".repeat(65 * 1024));
    expect(refusal(load).message).toContain("64 KiB");
    expect(refusal(() => loadConfig({ configFile: folder.path, env: {}, flags: {} })).message).toContain("EISDIR");
  });

  it("a named file that is not there", () => {
    const { code, message } = refusal(() => loadConfig({ configFile: join(folder.path, "none.toml"), env: {}, flags: {} }));
    expect([code, message]).toEqual([
      "bad-config",
      `${join(folder.path, "none.toml")}: cannot be read (ENOENT); check the path and its permissions.`,
    ]);
  });

  it("a flag, by its name", () => {
    expect(refusal(() => load({ http: "nowhere" })).message).toBe(
      '--http: give "HOST:PORT", ":0" for a free port on this machine, or "off".',
    );
    expect(refusal(() => load({ peer: ["x"] })).message).toMatch(/^--peer: /);
    expect(refusal(() => load({ logLevel: "loud" })).message).toMatch(/^--log-level: /);
  });
});
