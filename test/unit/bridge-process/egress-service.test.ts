import { readFileSync } from "node:fs";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEgress, declaredHosts, type EgressPolicy } from "../../../src/bridges/host/egress/index.ts";
import type { BridgeError } from "../../../src/bridges/kit/index.ts";
import { manifestOf } from "../../faults/plugins/manifest.ts";
import { certificates } from "../../servers/certs.ts";
import { freePorts } from "../../servers/ports.ts";

const SERVICE = "_xmpps-client._tcp";
const certs = await certificates();
const server = createServer({ cert: readFileSync(certs.server.certificate), key: readFileSync(certs.server.key) }, (socket) => {
  socket.on("error", () => socket.destroy());
});
let port = 0;

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

const record = (name: string, at: number, priority = 0) => ({ name, port: at, priority, weight: 0 });

function dial(changes: Partial<EgressPolicy>, declared = [`srv:${SERVICE}.example.test`]) {
  const tls = { ca: certs.ca, allowUnverified: false };
  const egress = createEgress({ declared, ownPorts: () => [], connectTimeout: 2_000, tls, ...changes });
  return egress.dial({ host: "example.test", port: 5223, tls: "direct", servername: "example.test", service: SERVICE });
}

const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "connected",
    (error: BridgeError) => error.data.code,
  );

describe("where a domain says that its service is", () => {
  test("the first server that answers is taken, and has to prove the name of the domain", async () => {
    const [closed = 0] = await freePorts(1);
    const asked: string[] = [];
    const resolveSrv = (name: string) => {
      asked.push(name);
      return Promise.resolve([record("localhost", port, 20), record("127.0.0.1", closed, 10)]);
    };
    const { stream, link } = await dial({ resolveSrv, localServices: true });
    stream.destroy();
    expect(asked).toEqual([`${SERVICE}.example.test`]);
    expect(link).toMatchObject({ kind: "tls", verified: true, server: "example.test", measuredBy: "host" });
  });

  test("a domain cannot lead to this machine", async () => {
    expect(await refusal(dial({ resolveSrv: async () => [record("localhost", port)] }))).toBe("forbidden");
  });

  test("one that says nothing, or that there is none, is told from one that does not answer; a proxy is not asked", async () => {
    const nothing = [async () => [], async () => [record(".", 0)], () => Promise.reject(new Error("ENOTFOUND"))];
    for (const resolveSrv of nothing) expect(await refusal(dial({ resolveSrv }))).toBe("not-found");
    const socks = { host: "127.0.0.1", port: 9 };
    expect(await refusal(dial({ socks, resolveSrv: async () => [record("localhost", port)] }))).toBe("not-found");
  });

  test("only what the account declares is asked for, and the domain is that of its address", async () => {
    const resolveSrv = async () => [record("localhost", port)];
    expect(await refusal(dial({ resolveSrv, localServices: true }, ["example.test:5223"]))).toBe("forbidden");
    const manifest = { ...manifestOf(), needs: { net: ["srv:_a._tcp.{jid@}", "{jid@}:5222"], maxRssMb: 64 } };
    expect(declaredHosts(manifest, { jid: "alice@example.test" })).toEqual(["srv:_a._tcp.example.test", "example.test:5222"]);
    expect(declaredHosts(manifest, { jid: "alice" })).toEqual([]);
  });
});
