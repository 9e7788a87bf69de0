import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Status } from "../../src/api/status.ts";
import type { AppAddress } from "../../src/api/web.ts";
import { pem } from "../../src/node/tls/pem.ts";
import { requireServer } from "../servers/require-server.ts";
import { freePorts } from "../servers/ports.ts";
import { type Home, linkBrowser, startHome, type Watched, watched } from "./rig.ts";
import { trustingChromium } from "./trusting.ts";

const there = await requireServer("bwrap", "chromium", "certutil");

/** What plain HTTP says. */
function plain(port: number, path: string, host = `127.0.0.1:${port}`): Promise<{ status: number; type: string; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, headers: { host } }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, type: String(response.headers["content-type"]), body: Buffer.concat(parts) }),
      );
    });
    asked.on("error", reject).end();
  });
}

describe.skipIf(!there.ok)("the app over the node's own HTTPS", () => {
  let home: Home;
  let port: number;
  let origin: string;
  let chromium: Awaited<ReturnType<typeof trustingChromium>>;
  let phone: Watched;
  let shown: AppAddress;

  beforeAll(async () => {
    [port] = (await freePorts(1)) as [number];
    origin = `https://homeport.home.arpa:${port}`;
    home = await startHome();
    await home.home.stop();
    await home.start("--https", `127.0.0.1:${port}`);
    shown = await home.home.json<AppAddress>("web", "own-ca", origin);
  });
  afterAll(async () => {
    await chromium?.close();
    await home?.[Symbol.asyncDispose]();
  });

  test("W3: the way is chosen by one command, and the node says what it serves", () => {
    expect(shown).toMatchObject({ choice: { way: "own-ca", origin }, origin, problem: null, browsers: 0 });
    expect(shown.certificate?.names).toContain("homeport.home.arpa");
    expect(shown.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(shown.install).toEqual([`http://127.0.0.1:${port}/`]);
  });

  test("plain HTTP on the same port shows how to trust the authority, and nothing else", async () => {
    const page = await plain(port, "/?lang=de");
    expect(page).toMatchObject({ status: 200, type: "text/html; charset=utf-8" });
    expect(page.body.toString()).toContain(shown.fingerprint);
    expect(page.body.toString()).toContain("Zertifizierungsstelle");
    expect((await plain(port, "/ca.crt")).type).toBe("application/x-x509-ca-cert");
    expect((await plain(port, "/homeport.mobileconfig")).body.toString()).toContain("com.apple.security.root");
    expect((await plain(port, "/index.html")).status).toBe(404);
    expect((await plain(port, "/", "rebound.example")).status).toBe(421);
  });

  test("a browser that trusts the authority gets the app in a secure context", async () => {
    const { body } = await plain(port, "/ca.crt");
    chromium = await trustingChromium(pem("CERTIFICATE", body));
    phone = await watched(await chromium.browser.newContext());
    await phone.page.goto(origin);
    expect(await phone.page.evaluate("isSecureContext")).toBe(true);
  });

  test("K5, W3: and becomes a device over wss at the app's own address", async () => {
    await linkBrowser({ ...home, origin }, phone);
    const { peers } = await home.home.json<Status>("status");
    expect(peers.map(({ via }) => via)).toEqual(["wss"]);
    await phone.page.getByRole("option", { name: "Note to self" }).click();
    await home.home.json("send", "Note to self", "over the app's own address");
    await phone.page.locator("article.message", { hasText: "over the app's own address" }).waitFor();
    expect(phone.complaints).toEqual([]);
  });

  test("W3: another address is refused while a browser is linked, with the reason, unless the person says so", async () => {
    expect(await home.home.refusal("web", "own-ca", `https://other.home.arpa:${port}`)).toMatchObject({ code: "browsers-linked" });
    expect(await home.home.json<AppAddress>("web", "own-ca", origin)).toMatchObject({ problem: null, browsers: 1 });
  });

  test("the same authority and address are there after a restart, and the phone comes back", async () => {
    await home.home.stop();
    await home.start("--https", `127.0.0.1:${port}`);
    expect(await home.home.json<AppAddress>("web", "show")).toMatchObject({ fingerprint: shown.fingerprint, origin, problem: null });
    await home.home.json("send", "Note to self", "after the restart");
    await phone.page.locator("article.message", { hasText: "after the restart" }).waitFor();
  });
});
