import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { hostname } from "node:os";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import type { DialRequest } from "../../../src/bridges/contract/index.ts";
import { createEgress, declaredHosts, type EgressPolicy } from "../../../src/bridges/host/egress/index.ts";
import type { BridgeError } from "../../../src/bridges/kit/index.ts";
import { manifestOf } from "../../faults/plugins/manifest.ts";
import { certificates, type Leaf } from "../../servers/certs.ts";
import { socks5 } from "../../servers/socks5.ts";

const certs = await certificates();
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  server.on("error", () => {});
  await once(server.listen(0, "127.0.0.1"), "listening");
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Greets at once and says back what it hears. */
function talk(socket: Socket | TLSSocket): void {
  closers.push(() => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.write("welcome\n");
  socket.on("data", (chunk: Buffer) => socket.write(chunk));
}

const plainServer = (): Promise<number> => listen(createServer(talk));

function tlsServer(leaf: Leaf, options: TlsOptions = {}): Promise<number> {
  const server = createTlsServer({ cert: readFileSync(leaf.certificate), key: readFileSync(leaf.key), ...options }, talk);
  server.on("tlsClientError", () => {});
  return listen(server);
}

function egressFor(declared: string[], changes: Partial<EgressPolicy> = {}) {
  return createEgress({
    declared,
    ownPorts: () => [],
    tls: { allowUnverified: false },
    connectTimeout: 3_000,
    handshakeTimeout: 500,
    ...changes,
  });
}

const trusting = { tls: { ca: certs.ca, allowUnverified: false } };

function dial(port: number, request: Partial<DialRequest> = {}, changes: Partial<EgressPolicy> = {}) {
  const host = request.host ?? "localhost";
  return egressFor([`${host}:${port}`], changes).dial({ host, port, tls: "direct", ...request });
}

async function line(stream: Duplex): Promise<string> {
  const [chunk] = (await once(stream, "data")) as [Buffer];
  return chunk.toString().trim();
}

const refusal = (promise: Promise<{ stream: Duplex }>): Promise<unknown> =>
  promise.then(
    ({ stream }) => {
      stream.destroy();
      return "connected";
    },
    (error: BridgeError) => error.data,
  );

describe("the broker dials what is declared", () => {
  it("in plain text, and says so", async () => {
    const port = await plainServer();
    const { stream, link } = await dial(port, { tls: "none" });
    expect(link).toEqual({ kind: "none", verified: false, server: "localhost", via: undefined, measuredBy: "host" });
    expect(await line(stream)).toBe("welcome");
    stream.destroy();
  });

  it("exactly: another port, a sub-domain, a prefix or an empty pattern is none of it", async () => {
    const egress = egressFor(["irc.example.org:6697", ":6667", "example.org", "[::1]:99"]);
    const wrong: [string, number][] = [
      ["irc.example.org", 6696],
      ["x.irc.example.org", 6697],
      ["irc.example.orgx", 6697],
      ["irc.example.org.evil", 6697],
      ["", 6667],
      ["example.org", 443],
      ["::1", 98],
    ];
    for (const [host, port] of wrong) {
      expect(await refusal(egress.dial({ host, port, tls: "none" }))).toMatchObject({ code: "forbidden", sent: "no" });
    }
  });

  it("whatever the case, the brackets and the last dot of the name", async () => {
    const port = await plainServer();
    const egress = egressFor([`LocalHost:${port}`, `[::FFFF:127.0.0.1]:${port}`]);
    for (const host of ["localhost", "LOCALHOST", "localhost.", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]"]) {
      expect([host, await refusal(egress.dial({ host, port, tls: "none" }))]).toEqual([host, "connected"]);
    }
  });

  it("never a service of the node itself, whatever name of this machine is declared", async () => {
    const port = await plainServer();
    for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "0.0.0.0", "::", "::1", "::ffff:127.0.0.1", hostname()]) {
      const outcome = await refusal(dial(port, { host, tls: "none" }, { ownPorts: () => [port] }));
      expect([host, outcome]).toEqual([host, expect.objectContaining({ code: "forbidden" })]);
    }
  });

  it("and says what went wrong: refused, unknown name, no answer to the handshake", async () => {
    const closed = await listen(createServer());
    closers.pop()?.();
    expect(await refusal(dial(closed, { tls: "none" }))).toMatchObject({
      code: "offline",
      sent: "no",
      message: "localhost does not answer: it refused the connection.",
    });
    expect(await refusal(dial(1, { host: "no-such-name.invalid", tls: "none" }))).toMatchObject({
      code: "offline",
      message: expect.stringMatching(/name/) as string,
    });
    const silent = await listen(createServer((socket) => closers.push(() => socket.destroy())));
    expect(await refusal(dial(silent))).toMatchObject({
      code: "offline",
      message: "localhost did not finish the TLS handshake within 0.5 s.",
    });
  });

  it("until it is called off", async () => {
    const silent = await listen(createServer((socket) => closers.push(() => socket.destroy())));
    const controller = new AbortController();
    const outcome = refusal(egressFor([`localhost:${silent}`]).dial({ host: "localhost", port: silent, tls: "direct" }, controller.signal));
    setTimeout(() => controller.abort(), 30);
    expect(await outcome).toMatchObject({ code: "offline", message: expect.stringMatching(/attempt was called off\.$/) as unknown });
  });
});

describe("TLS", () => {
  it("with a certificate of the account's authority is verified, and measured by the host", async () => {
    const { stream, link } = await dial(await tlsServer(certs.server), {}, trusting);
    expect(link).toEqual({
      kind: "tls",
      verified: true,
      version: "TLSv1.3",
      server: "localhost",
      certificate: { sha256: certs.server.sha256, issuer: "Homeport test ca" },
      via: undefined,
      measuredBy: "host",
    });
    expect(await line(stream)).toBe("welcome");
    stream.destroy();
  });

  it.each([
    ["of an authority that nobody trusts", certs.untrusted, "the authority that signed it is not known here"],
    ["for another name", certs.otherName, "it is for another name"],
    ["that has expired", certs.expired, "it has expired"],
  ])("with a certificate %s is refused, with the reason, the fingerprint and what to do", async (_what, leaf, why) => {
    const outcome = (await refusal(dial(await tlsServer(leaf), {}, trusting))) as { code: string; message: string };
    expect(outcome).toMatchObject({ code: "insecure", sent: "no", action: "check-settings" });
    for (const part of [why, leaf.sha256, "fingerprint=", "ca="]) expect(outcome.message).toContain(part);
  });

  it("takes an empty setting for one that is not set", async () => {
    const { stream, link } = await dial(await tlsServer(certs.untrusted), {}, { tls: { ca: "", fingerprint: "", allowUnverified: true } });
    expect(link.verified).toBe(false);
    stream.destroy();
  });

  it("without the account's authority is not trusted: it is not one of the system's", async () => {
    expect(await refusal(dial(await tlsServer(certs.server)))).toMatchObject({ code: "insecure" });
  });

  it("with a certificate that does not verify goes on where the person allowed it, and is not verified", async () => {
    const { stream, link } = await dial(await tlsServer(certs.untrusted), {}, { tls: { allowUnverified: true } });
    expect(link).toMatchObject({ kind: "tls", verified: false, certificate: { sha256: certs.untrusted.sha256 } });
    stream.destroy();
  });

  it("with the pinned certificate is verified though nobody signed it, in every way of writing the pin", async () => {
    const port = await tlsServer(certs.untrusted);
    const colons = certs.untrusted.sha256.toUpperCase().match(/../g)?.join(":") as string;
    for (const fingerprint of [certs.untrusted.sha256, colons, `sha256:${certs.untrusted.sha256}`]) {
      const { stream, link } = await dial(port, {}, { tls: { fingerprint, allowUnverified: false } });
      expect(link.verified).toBe(true);
      stream.destroy();
    }
  });

  it("with another certificate than the pinned one is refused, even a valid one, even where unverified ones are allowed", async () => {
    const port = await tlsServer(certs.renewed);
    const tls = { ca: certs.ca, fingerprint: certs.server.sha256, allowUnverified: true };
    const outcome = (await refusal(dial(port, {}, { tls }))) as { code: string; message: string };
    expect(outcome).toMatchObject({ code: "insecure", message: expect.stringContaining(certs.renewed.sha256) as string });
  });

  it.each([
    ["a pin that is none", { fingerprint: "abcd", allowUnverified: true }, "64 hexadecimal digits"],
    ["an authority that is none", { ca: "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----", allowUnverified: true }, "PEM"],
  ])("with %s is refused", async (_what, tls, words) => {
    expect(await refusal(dial(await tlsServer(certs.server), {}, { tls }))).toMatchObject({
      code: "insecure",
      message: expect.stringContaining(words) as string,
    });
  });

  it("older than 1.2 is refused, as is a server that speaks no TLS", async () => {
    const old = await tlsServer(certs.server, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    expect(await refusal(dial(old, {}, trusting))).toMatchObject({
      code: "insecure",
      message: expect.stringContaining("TLS 1.2 or newer") as string,
    });
    expect(await refusal(dial(await plainServer(), {}, trusting))).toMatchObject({ code: "insecure" });
  });

  it("sends the name, and asks for the protocols of the request", async () => {
    const seen: (string | false | null | undefined)[] = [];
    const server = createTlsServer(
      { cert: readFileSync(certs.server.certificate), key: readFileSync(certs.server.key), ALPNProtocols: ["irc"] },
      (socket) => {
        seen.push(socket.servername, socket.alpnProtocol);
        talk(socket);
      },
    );
    const port = await listen(server);
    const { stream, link } = await dial(port, { host: "127.0.0.1", servername: "irc.example.test", alpn: ["irc"] }, trusting);
    expect(link.server).toBe("irc.example.test");
    expect(await line(stream)).toBe("welcome");
    expect(seen).toEqual(["irc.example.test", "irc"]);
    stream.destroy();
  });

  it("proves an address where the account names one", async () => {
    const { stream, link } = await dial(await tlsServer(certs.server), { host: "127.0.0.1" }, trusting);
    expect(link).toMatchObject({ verified: true, server: "127.0.0.1" });
    stream.destroy();
    expect(await refusal(dial(await tlsServer(certs.otherName), { host: "127.0.0.1" }, trusting))).toMatchObject({ code: "insecure" });
  });
});

describe("STARTTLS", () => {
  it("turns a plain connection into a measured one", async () => {
    const port = await tlsServer(certs.server);
    const egress = egressFor([`localhost:${port}`], trusting);
    const plain = await egress.dial({ host: "localhost", port, tls: "none" });
    const { stream, link } = await egress.upgrade(plain.stream, { servername: "localhost" });
    expect(link).toMatchObject({ kind: "tls", verified: true });
    expect(await line(stream)).toBe("welcome");
    stream.destroy();
  });

  it("is refused when plain text waits to be read, and on what the broker did not dial", async () => {
    const port = await plainServer();
    const egress = egressFor([`localhost:${port}`], trusting);
    const { stream } = await egress.dial({ host: "localhost", port, tls: "none" });
    await once(stream, "readable");
    expect(await refusal(egress.upgrade(stream, { servername: "localhost" }))).toMatchObject({ code: "insecure" });
    const other = await dial(port, { tls: "none" });
    expect(await refusal(egress.upgrade(other.stream, { servername: "localhost" }))).toMatchObject({ code: "forbidden" });
    for (const one of [stream, other.stream]) one.destroy();
  });

  it("whose certificate does not verify closes the connection", async () => {
    const port = await tlsServer(certs.untrusted);
    const egress = egressFor([`localhost:${port}`]);
    const plain = await egress.dial({ host: "localhost", port, tls: "none" });
    expect(await refusal(egress.upgrade(plain.stream, { servername: "localhost" }))).toMatchObject({ code: "insecure" });
    expect(plain.stream.destroyed).toBe(true);
  });
});

describe("SOCKS", () => {
  const login = { username: "alice", password: "a secret of the proxy" };

  it("takes the name to the proxy without looking it up, logs in, and the facts say so", async () => {
    const port = await tlsServer(certs.server);
    await using proxy = await socks5({ login, names: { "irc.example.test": "127.0.0.1" } });
    const socks = { host: "127.0.0.1", port: proxy.port, ...login };
    const { stream, link } = await dial(port, { host: "irc.example.test" }, { ...trusting, socks });
    expect(proxy.requests).toEqual([{ host: "irc.example.test", port }]);
    expect(link).toMatchObject({ kind: "tls", verified: true, server: "irc.example.test", via: `socks5 127.0.0.1:${proxy.port}` });
    expect(await line(stream)).toBe("welcome");
    stream.destroy();
  });

  it.each([0, 30])(
    "loses nothing that the server says in one packet with the proxy's answer, though it is read %i ms later",
    async (ms) => {
      const greeting = Buffer.concat([Buffer.from("05000001000000000000", "hex"), Buffer.from("welcome\n")]);
      const port = await listen(
        createServer((socket) => {
          closers.push(() => socket.destroy());
          socket.once("data", () => {
            socket.write(Buffer.of(5, 0));
            socket.once("data", () => socket.write(greeting));
          });
        }),
      );
      const { stream } = await dial(99, { host: "irc.example.test", tls: "none" }, { socks: { host: "127.0.0.1", port } });
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      expect(await line(stream)).toBe("welcome");
      stream.destroy();
    },
  );

  it("fails without the secret in the words", async () => {
    await using proxy = await socks5({ login });
    const socks = { host: "127.0.0.1", port: proxy.port, username: "alice", password: "wrong secret" };
    const outcome = await refusal(dial(99, { host: "irc.example.test", tls: "none" }, { socks }));
    expect(outcome).toMatchObject({ code: "offline", message: expect.stringContaining("SOCKS proxy 127.0.0.1") as string });
    expect(JSON.stringify(outcome)).not.toContain("secret");
    expect(proxy.refusedLogins).toBe(1);
  });

  it("does not reach the node's own services: not by an odd name, not by any name through a proxy on this machine, not as the proxy", async () => {
    const port = await plainServer();
    await using proxy = await socks5({ names: { "harmless.example.test": "127.0.0.1" } });
    const socks = { host: "127.0.0.1", port: proxy.port };
    for (const host of ["localhost", "127.0.0.1", "::1", "2130706433", "0x7f.1", "harmless.example.test"]) {
      expect([host, await refusal(dial(port, { host, tls: "none" }, { socks, ownPorts: () => [port] }))]).toEqual([
        host,
        expect.objectContaining({ code: "forbidden" }),
      ]);
    }
    expect(
      await refusal(dial(99, { host: "a", tls: "none" }, { socks: { host: "localhost", port }, ownPorts: () => [port] })),
    ).toMatchObject({ code: "forbidden" });
    expect(proxy.requests).toEqual([]);
  });
});

describe("what an account declares", () => {
  const manifest = manifestOf({
    fields: [{ id: "port", type: "port", help: "", required: false, secret: false, default: "6697" }],
    needs: { net: ["{host}:{port}", "{upload}:443", "files.example.org:443"], maxRssMb: 100 },
  });

  it("is the manifest's patterns with its fields, and their defaults, filled in", () => {
    expect(declaredHosts(manifest, { host: "irc.example.org" })).toEqual(["irc.example.org:6697", "files.example.org:443"]);
    expect(declaredHosts(manifest, { host: "::1", port: "99", upload: "$&" })).toEqual(["::1:99", "$&:443", "files.example.org:443"]);
  });

  it("may be an IPv6 address without brackets", async () => {
    const egress = egressFor(declaredHosts(manifest, { host: "2001:db8::1", port: "99" }), { connectTimeout: 200 });
    expect(await refusal(egress.dial({ host: "2001:db8::1", port: 99, tls: "none" }))).toMatchObject({ code: "offline" });
  });
});
