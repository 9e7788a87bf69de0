import { request } from "node:http";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
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
    await home.home.json("send", "Note to self", "by wss");
    await phone.page.locator("article.message", { hasText: "by wss" }).waitFor();
    expect(phone.complaints).toEqual([]);
  });

  test("W3: another address is refused while a browser is linked, with the reason, unless the person says so", async () => {
    expect(await home.home.refusal("web", "own-ca", `https://other.home.arpa:${port}`)).toMatchObject({ code: "browsers-linked" });
    expect(await home.home.json<AppAddress>("web", "own-ca", origin)).toMatchObject({ problem: null, browsers: 1 });
  });

  test("both sides show it: the node the address as a QR code, the phone the way that it took", async () => {
    const pc = await watched(await chromium.browser.newContext());
    await pc.page.goto(String((await home.home.json<{ url: string }>("open")).url));
    await pc.page.getByRole("option", { name: "Note to self" }).waitFor();
    await pc.page.goto(`${home.origin}/#/settings/address`);
    await pc.page.getByText(String(shown.fingerprint)).waitFor();
    await pc.page.getByRole("img", { name: `http://127.0.0.1:${port}/` }).waitFor();
    const { violations } = await new AxeBuilder({ page: pc.page }).analyze();
    expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id)).toEqual([]);
    if (process.env["HOMEPORT_SCREENSHOTS"])
      await pc.page.screenshot({ path: join(process.env["HOMEPORT_SCREENSHOTS"], "address.png"), fullPage: true });
    await pc.page.context().close();
    await phone.page.goto(`${origin}/#/settings/address`);
    // While HTTPS was made anew it may have found another way.
    await phone.page.reload();
    await phone.page.getByText("over the app's own address").waitFor();
    if (process.env["HOMEPORT_SCREENSHOTS"])
      await phone.page.screenshot({ path: join(process.env["HOMEPORT_SCREENSHOTS"], "way.png"), fullPage: true });
    await phone.page.goto(`${origin}/#/`);
    await phone.page.getByRole("option", { name: "Note to self" }).click();
  });

  test("the same authority and address are there after a restart, and the phone comes back", async () => {
    await home.home.stop();
    await home.start("--https", `127.0.0.1:${port}`);
    expect(await home.home.json<AppAddress>("web", "show")).toMatchObject({ fingerprint: shown.fingerprint, origin, problem: null });
    await home.home.json("send", "Note to self", "after the restart");
    await phone.page.locator("article.message", { hasText: "after the restart" }).waitFor();
  });
});

const outside = Object.values(networkInterfaces())
  .flatMap((list = []) => list)
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

describe.skipIf(!there.ok || outside === undefined)("a page that did not come by HTTPS", () => {
  test("says so, and leads to the address for phones", async () => {
    await using home = await startHome();
    await home.home.stop();
    const [port, https] = (await freePorts(2)) as [number, number];
    await home.home.start("--http", `${outside}:${port}`, "--https", `${outside}:${https}`);
    const { browser, close } = await trustingChromium(undefined);
    try {
      const { page } = await watched(await browser.newContext());
      await page.goto(`http://${outside}:${port}/`);
      await page.getByText("homeport web own-ca").waitFor();
      await home.home.json("web", "own-ca", `https://homeport.home.arpa:${https}`);
      await page.reload();
      await page.getByRole("link", { name: `https://homeport.home.arpa:${https}` }).waitFor();
      if (process.env["HOMEPORT_SCREENSHOTS"]) await page.screenshot({ path: join(process.env["HOMEPORT_SCREENSHOTS"], "insecure.png") });
      await page.getByRole("link", { name: `http://${outside}:${https}/` }).click();
      await page.getByText("Let this device trust your Homeport").waitFor();
      if (process.env["HOMEPORT_SCREENSHOTS"])
        await page.screenshot({ path: join(process.env["HOMEPORT_SCREENSHOTS"], "install.png"), fullPage: true });
    } finally {
      await close();
    }
  });
});
