import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BridgeRow } from "../../src/api/bridges.ts";
import { type Homeport, type World, world } from "../harness/homeport.ts";
import { type Certificates, certificates, type Leaf } from "../servers/certs.ts";
import { type Ngircd, ngircd } from "../servers/ngircd.ts";
import { requireServer } from "../servers/require-server.ts";
import { addArguments, addIrc, bridgeRow, overTls, refusedLogin, untilBridge } from "./irc.ts";

const irc = await requireServer("irc", "bwrap");

describe.skipIf(!irc.ok)("the certificate of a server", () => {
  let place: World;
  let home: Homeport;
  let server: Ngircd;
  let leaves: Certificates;
  beforeAll(async () => {
    place = await world();
    home = await place.machine("home");
    await home.init();
    await home.start();
    leaves = await certificates();
    server = await ngircd();
  });
  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    for (const { account } of await home.json<BridgeRow[]>("bridge", "list")) await home.json("bridge", "remove", account);
  });

  const serve = async (leaf: Leaf) => {
    server.useCertificate(leaf);
    await server.restart();
  };

  test("one of an own authority is accepted with ca=, and the message says what was measured", async () => {
    await serve(leaves.server);
    const account = await addIrc(home, { ...(await overTls(server)), nick: "alice" });
    const { sha256 } = leaves.server;
    expect((await bridgeRow(home, account)).link).toMatchObject({
      kind: "tls",
      verified: true,
      certificate: { sha256, issuer: expect.stringContaining("Homeport test ca") },
    });
  });

  test.each([
    ["by an authority that nobody knows", "untrusted", "authority"],
    ["that has expired", "expired", "expired"],
    ["for another name", "otherName", "another name"],
  ] as const)("one %s is refused, with the reason and its fingerprint", async (_, which, why) => {
    await serve(leaves[which]);
    const refused = await refusedLogin(home, { ...(await overTls(server)), nick: "alice" });
    expect(refused).toMatchObject({ exit: 1, code: "insecure", message: expect.stringContaining(why) });
    expect(refused.message).toContain(leaves[which].sha256);
    expect(await bridgeRow(home, refused.account)).toMatchObject({
      error: { code: "insecure", action: expect.stringMatching(/\w/) },
      link: null,
      label: null,
    });
  });

  test("without ca= the system's authorities decide", async () => {
    await serve(leaves.server);
    const { ca: _, ...settings } = await overTls(server);
    const refused = await refusedLogin(home, { ...settings, nick: "alice" });
    expect(refused).toMatchObject({ exit: 1, code: "insecure" });
  });

  test("a pinned fingerprint decides alone: the right one gets in, another is refused, also when it verifies", async () => {
    await serve(leaves.untrusted);
    const { ca: _, ...settings } = await overTls(server);
    const pin = leaves.untrusted.sha256.toUpperCase().replace(/..(?!$)/g, "$&:");
    const account = await addIrc(home, { ...settings, nick: "alice", fingerprint: pin });
    expect(await bridgeRow(home, account)).toMatchObject({ label: "server-reads", link: { verified: true } });
    await serve(leaves.renewed);
    const row = await untilBridge(home, account, ({ error }) => error?.code === "insecure");
    expect(row.error?.message).toContain(leaves.renewed.sha256);
    const refused = await refusedLogin(home, { ...(await overTls(server)), nick: "alice", fingerprint: pin });
    expect(refused).toMatchObject({ exit: 1, code: "insecure", message: expect.stringContaining("pinned") });
  });

  test("TLS towards a port that speaks none never gets online, says so, and nothing goes out in the clear", async () => {
    const { port: _, ...settings } = await overTls(server);
    const added = await home.json<{ account: string }>(...addArguments({ ...settings, port: String(server.port), nick: "alice" }));
    const row = await untilBridge(home, added.account, ({ error }) => error !== undefined);
    expect(row).toMatchObject({ link: null, label: null, error: { message: expect.stringContaining("TLS") } });
  });
});
