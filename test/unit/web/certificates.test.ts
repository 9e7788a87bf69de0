import { randomBytes, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isDue } from "../../../src/node/tls/acme-source.ts";
import { type Authority, issueLeaf, type KeyedCertificate, makeAuthority } from "../../../src/node/tls/authority.ts";
import { FileSource } from "../../../src/node/tls/file-source.ts";
import { ipBytes, maskBytes } from "../../../src/node/tls/ip-bytes.ts";
import { OwnSource } from "../../../src/node/tls/own-source.ts";
import { fingerprint, pem } from "../../../src/node/tls/pem.ts";
import { isPrivate } from "../../../src/node/tls/private-ranges.ts";
import type { Clock, Random } from "../../../src/sync/ports.ts";

/** OpenSSL's words for RFC 5280 §6.1.3 (b). */
const VIOLATION = "permitted subtree violation";
const DAY = 24 * 3600_000;
const random: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };
const now = Date.now();
const make = (...names: string[]) => makeAuthority({ names, random, now }, "Homeport test");
const issue = (authority: Authority, ...names: string[]) => issueLeaf(authority, { names, random, now });

/** What a client that trusts the authority says of a server with this certificate: `ok`, or the words of the refusal. */
async function shownTo(authority: Authority, { cert, key }: KeyedCertificate, servername: string): Promise<string> {
  const server = createServer({ cert, key }, (socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const name = /^[\d.]+$/.test(servername) ? { checkServerIdentity: () => undefined } : { servername };
  try {
    return await new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port, ca: pem("CERTIFICATE", authority.certificate), ...name }, () => resolve("ok"));
      socket.on("error", (error: Error) => resolve(error.message));
    });
  } finally {
    server.close();
  }
}

describe("the own authority", () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await make("home.local");
  });

  test("speaks for its name, names below it and private addresses", async () => {
    expect(await shownTo(authority, await issue(authority, "home.local", "192.168.1.5", "fd00::5", "10.1.2.3"), "home.local")).toBe("ok");
    expect(await shownTo(authority, await issue(authority, "chat.home.local"), "chat.home.local")).toBe("ok");
  });

  test.each([
    ["another name", ["bank.example"]],
    ["another name beside its own", ["home.local", "bank.example"]],
    ["a name that ends alike", ["evilhome.local"]],
    ["a public IPv4 address", ["home.local", "8.8.8.8"]],
    ["a public IPv6 address", ["home.local", "2001:4860:4860::8888"]],
  ])("is not believed for %s", async (_, names) => {
    const code = await shownTo(authority, await issue(authority, ...names), names[0] as string);
    expect(code).toBe(VIOLATION);
  });

  test("that is made for an IP address speaks for no name at all", async () => {
    const numbers = await make("192.168.1.5");
    expect(await shownTo(numbers, await issue(numbers, "192.168.1.5"), "192.168.1.5")).toBe("ok");
    expect(await shownTo(numbers, await issue(numbers, "bank.example"), "bank.example")).toBe(VIOLATION);
  });

  test("can make no other authority, is P-256, and the certificates of servers end within 397 days", async () => {
    const root = new X509Certificate(authority.certificate);
    expect(root.ca).toBe(true);
    expect(root.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect(root.toString()).toContain("BEGIN CERTIFICATE");
    expect(fingerprint(authority.certificate)).toBe(root.fingerprint256);
    const leaf = await issue(authority, "home.local");
    expect((leaf.notAfter - leaf.notBefore) / DAY).toBeLessThanOrEqual(397);
    expect(new X509Certificate(leaf.cert).ca).toBe(false);
  });
});

describe("its certificate for the server", () => {
  test("is made anew when the machine's addresses change, and before it ends, and else stays", async () => {
    let at = now;
    let own = ["192.168.1.5", "203.0.113.7"];
    const clock: Clock = { now: () => at, after: () => () => undefined };
    const source = new OwnSource({ authority: await make("home.local"), host: "home.local", random, clock, addresses: () => own });
    await source.refresh();
    const first = source.current();
    expect(first?.names).toEqual(["home.local", "192.168.1.5"]);
    await source.refresh();
    expect(source.current()).toBe(first);
    own = ["192.168.1.77"];
    await source.refresh();
    expect(source.current()?.names).toEqual(["home.local", "192.168.1.77"]);
    const second = source.current() as KeyedCertificate;
    at = second.notAfter - 101 * DAY;
    await source.refresh();
    expect(source.current()).toBe(second);
    at = second.notAfter - 99 * DAY;
    await source.refresh();
    expect(source.current()?.notAfter).toBeGreaterThan(second.notAfter);
  });

  test("one by ACME is asked for when there is none, and when a third of its life is left", () => {
    const life = { notBefore: now, notAfter: now + 90 * DAY };
    expect(isDue(undefined, now)).toBe(true);
    expect(isDue(life, now + 59 * DAY)).toBe(false);
    expect(isDue(life, now + 61 * DAY)).toBe(true);
    expect(isDue(life, now + 100 * DAY)).toBe(true);
  });
});

describe("certificate files", () => {
  const folder = mkdtempSync(join(tmpdir(), "homeport-certificates-"));
  const paths = { certificate: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("are read when they are there, again when they change, and what is wrong is said while the one before goes on", async () => {
    const source = new FileSource(paths);
    await source.refresh();
    expect(source.problem()).toBe(`There is no file ${paths.certificate}.`);
    const authority = await make("home.local");
    const [one, two] = [await issue(authority, "home.local"), await issue(authority, "home.local")];
    writeFileSync(paths.certificate, one.cert);
    writeFileSync(paths.key, two.key);
    await source.refresh();
    expect(source.problem()).toContain("are not a certificate and its key");
    writeFileSync(paths.key, one.key);
    await source.refresh();
    expect(source.problem()).toBeUndefined();
    expect(source.current()).toMatchObject({ names: ["home.local"], cert: one.cert });
    writeFileSync(paths.certificate, `${two.cert}\n`);
    await source.refresh();
    expect(source.current()?.cert).toBe(one.cert);
    writeFileSync(paths.key, `${two.key}\n`);
    await source.refresh();
    expect(source.current()?.key.trim()).toBe(two.key.trim());
  });
});

describe("IP addresses", () => {
  test("are their bytes and masks", () => {
    expect([...ipBytes("192.168.1.5")]).toEqual([192, 168, 1, 5]);
    expect([...ipBytes("fd00::1:2")]).toEqual([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2]);
    expect([...maskBytes("0.0.0.0", 12)]).toEqual([255, 240, 0, 0]);
    expect([...maskBytes("::", 10).slice(0, 3)]).toEqual([255, 192, 0]);
  });

  test("are private or not", () => {
    for (const ip of ["10.0.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "fd12::1", "fe80::1", "127.0.0.1"])
      expect(isPrivate(ip)).toBe(true);
    for (const ip of ["172.32.0.1", "8.8.8.8", "100.128.0.1", "2001:db8::1", "home.local", ""]) expect(isPrivate(ip)).toBe(false);
  });
});
