import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeLayout } from "../../../src/bridges/host/process/code-layout.ts";
import { parseTrace, sharedLibraries } from "../../../src/bridges/host/process/libraries.ts";
import { MeasuredLinks } from "../../../src/bridges/host/process/links.ts";
import { processTree, proportionalBytes, residentBytes } from "../../../src/bridges/host/process/proc.ts";
import { redactor } from "../../../src/bridges/host/process/redact.ts";
import { childCommand, heapLimit } from "../../../src/bridges/host/process/sandbox.ts";
import { tellingLine } from "../../../src/bridges/host/process/stderr-tail.ts";
import { afterCrash, type CrashHistory, NO_CRASHES } from "../../../src/bridges/host/process/supervision.ts";
import { TIMING } from "../../../src/bridges/host/process/types.ts";
import type { LinkFacts } from "../../../src/security-labels/index.ts";
import { manifestOf } from "../../faults/plugins/manifest.ts";

const MINUTE = 60_000;

describe("after a crash", () => {
  /** Crashes at these times, each of a process that started so long before. */
  function crashes(times: number[], lived = 0) {
    let history: CrashHistory = NO_CRASHES;
    return times.map((now) => {
      const result = afterCrash(history, { startedAt: now - lived, now }, 1, TIMING);
      history = result.history;
      return result.next;
    });
  }

  it("the wait doubles", () => {
    expect(crashes([1, 2, 3, 4])).toEqual([{ restartIn: 1_000 }, { restartIn: 2_000 }, { restartIn: 4_000 }, { restartIn: 8_000 }]);
  });

  it("the fifth within ten minutes is quarantine", () => {
    expect(crashes([0, 1, 2, 3, 9.9].map((n) => n * MINUTE)).at(-1)).toBe("quarantine");
    expect(crashes([0, 1, 2, 3, 10].map((n) => n * MINUTE)).at(-1)).toEqual({ restartIn: 16_000 });
  });

  it("of a process that was stable for a minute the wait begins anew", () => {
    expect(
      crashes(
        [0, 20, 40].map((n) => n * MINUTE),
        MINUTE,
      ),
    ).toEqual([{ restartIn: 1_000 }, { restartIn: 1_000 }, { restartIn: 1_000 }]);
    expect(
      crashes(
        [0, 20, 40].map((n) => n * MINUTE),
        MINUTE - 1,
      ).at(-1),
    ).toEqual({ restartIn: 4_000 });
  });

  it("the wait never exceeds five minutes, and what is long past is forgotten, in either direction of a clock that jumps", () => {
    expect(crashes(Array.from({ length: 30 }, (_, i) => i * 20 * MINUTE)).at(-1)).toEqual({ restartIn: 5 * MINUTE });
    expect(crashes([5e12, 1, 2, 3, 4]).at(-1)).toEqual({ restartIn: 16_000 });
  });
});

describe("the facts of a connection", () => {
  const tls: LinkFacts = {
    kind: "tls",
    verified: true,
    version: "TLSv1.3",
    server: "a",
    certificate: { sha256: "1", issuer: "i" },
    measuredBy: "host",
  };
  const plain: LinkFacts = { kind: "none", verified: false, server: "a", measuredBy: "host" };
  const facts = (link: LinkFacts) => ({ link, source: "live" as const });

  it("are what was measured, with the plugin's mechanism", () => {
    const links = new MeasuredLinks();
    links.add(plain);
    links.add(tls);
    expect(links.correct(facts({ ...tls, mechanism: "SCRAM-SHA-256" }))).toEqual(facts({ ...tls, mechanism: "SCRAM-SHA-256" }));
    expect(links.newest).toMatchObject({ mechanism: "SCRAM-SHA-256" });
    expect(links.correct(facts(plain)).link).toEqual(plain);
  });

  it.each([
    ["another server", { server: "bank" }],
    ["another certificate", { certificate: { sha256: "2", issuer: "i" } }],
    ["verified though it was not", { verified: true }],
    ["another way out", { via: "socks5 tor:9050" }],
    ["another protocol", { kind: "noise" as const }],
  ])("that claim %s fall to the worst that was measured", (_what, change) => {
    const links = new MeasuredLinks();
    const unverified = { ...tls, verified: false };
    links.add(unverified);
    expect(links.correct(facts({ ...unverified, ...change })).link).toEqual(unverified);
    links.add(plain);
    expect(links.correct(facts({ ...unverified, ...change })).link).toEqual(plain);
  });

  it("without any connection are those of plain text", () => {
    expect(new MeasuredLinks().correct(facts(tls)).link).toEqual({ kind: "none", verified: false, measuredBy: "host" });
  });

  it("keep what only the plugin can know", () => {
    const e2ee = { protocol: "omemo:2", peer: "tofu" } as const;
    expect(new MeasuredLinks().correct({ ...facts(tls), source: "history", e2ee })).toMatchObject({ source: "history", e2ee });
  });

  it("of a thousand connections are bounded", () => {
    const links = new MeasuredLinks();
    for (let i = 0; i < 1_000; i++) links.add({ ...tls, server: `s${i}` });
    expect(links.correct(facts({ ...tls, server: "s999" })).link.server).toBe("s999");
    expect(links.correct(facts({ ...tls, server: "s0" })).link.server).not.toBe("s0");
  });
});

describe("the log", () => {
  const field = (id: string, secret: boolean) => ({ id, type: "text" as const, help: "", required: false, secret });
  const manifest = manifestOf({ fields: [field("password", true), field("token", true), field("pin", true), field("nick", false)] });

  it("has no value of a secret field, and the ordinary ones", () => {
    const redact = redactor(manifest, { password: "hunter2", token: "hunter2-long", pin: "12", nick: "alice" });
    expect(redact("alice: hunter2-long, hunter2, 12")).toBe("alice: ***, ***, 12");
    expect(redactor(manifest, {})("nothing to hide")).toBe("nothing to hide");
  });
});

describe("the reason of an end", () => {
  it.each([
    ["\nnode:internal/x\n  throw err;\nError: Cannot find module 'x'\n    at y\n", "Error: Cannot find module 'x'"],
    ["bwrap: Can't mkdir /x: Permission denied\n", "bwrap: Can't mkdir /x: Permission denied"],
    ["<--- Last GCs --->\nFATAL ERROR: Reached heap limit\n----- stack -----\n", "FATAL ERROR: Reached heap limit"],
    ["something\nelse\n\n", "else"],
    ["", undefined],
  ])("is the line that tells most of %j", (text, line) => {
    expect(tellingLine(text)).toBe(line);
  });
});

describe("the child's command", () => {
  const files = {
    code: { root: "/opt/hp", read: ["node_modules", "package.json"], entry: "src/child.ts" },
    module: "/opt/hp/src/irc/index.ts",
    dataDir: "/var/hp/accounts/1",
  };
  const isolated = { isolated: true as const, bwrap: "/usr/bin/bwrap", strict: true, libraries: ["/lib/libc.so.6"], node: "/opt/node" };

  it("under bwrap shows nothing but the runtime, the code and the account's folder, all but that read-only", () => {
    const { command, args, env } = childCommand(isolated, files, 128);
    expect(command).toBe("/usr/bin/bwrap");
    expect(env).toEqual({});
    const mounts = args.flatMap((arg, i) => (["--bind", "--ro-bind"].includes(arg) ? [`${arg} ${args[i + 1]} ${args[i + 2]}`] : []));
    expect(mounts).toEqual([
      "--ro-bind /opt/node /node",
      "--ro-bind /lib/libc.so.6 /lib/libc.so.6",
      "--ro-bind /opt/hp/node_modules /app/node_modules",
      "--ro-bind /opt/hp/package.json /app/package.json",
      "--bind /var/hp/accounts/1 /data",
    ]);
    for (const option of ["--unshare-all", "--die-with-parent", "--clearenv", "--new-session", "--disable-userns", "--permission"])
      expect(args).toContain(option);
    expect(args.slice(-2)).toEqual(["/app/src/child.ts", "/app/src/irc/index.ts"]);
  });

  it("without bwrap still has Node's permissions, for the same files", () => {
    const { args, env, cwd } = childCommand({ isolated: false, reason: "" }, files, 128);
    expect(args.filter((arg) => arg.startsWith("--allow"))).toEqual([
      "--allow-fs-read=/opt/hp/node_modules",
      "--allow-fs-read=/opt/hp/package.json",
      "--allow-fs-read=/var/hp/accounts/1",
      "--allow-fs-write=/var/hp/accounts/1",
    ]);
    expect([env, cwd]).toEqual([{}, "/var/hp/accounts/1"]);
  });

  it("leaves room beside the heap", () => {
    expect([heapLimit(128), heapLimit(50)]).toEqual([80, 32]);
  });

  it("names files of this checkout that are there", () => {
    const { root, read, entry } = codeLayout("irc");
    for (const path of [...read, entry]) expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    expect(read).toContain("src/bridges/irc");
    expect(read.some((path) => /host|sync|node$/.test(path))).toBe(false);
  });
});

describe("what the machine tells", () => {
  it("are the libraries of a program, by glibc's loader and by musl's", async () => {
    const text =
      "\tlinux-vdso.so.1 (0x0)\n\tlibm.so.6 => /lib/libm.so.6 (0x7f)\n\t/lib64/ld-linux-x86-64.so.2 (0x7f)\n\tlibx.so => not found\n";
    expect(parseTrace(text)).toEqual(["/lib/libm.so.6", "/lib64/ld-linux-x86-64.so.2"]);
    expect(parseTrace("\t/lib/ld-musl-x86_64.so.1 (0x7f)\n\tlibc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f)\n")).toEqual([
      "/lib/ld-musl-x86_64.so.1",
    ]);
    expect(await sharedLibraries("/nowhere/node")).toEqual([]);
  });

  it.runIf(process.platform === "linux")("are this process, its memory, and nothing of a process that is gone", () => {
    expect(processTree(process.pid)[0]).toBe(process.pid);
    expect(residentBytes([process.pid])).toBeGreaterThan(20e6);
    expect(proportionalBytes([process.pid])).toBeGreaterThan(10e6);
    expect(processTree(2 ** 30)).toEqual([]);
    expect(residentBytes([2 ** 30])).toBe(0);
  });
});
