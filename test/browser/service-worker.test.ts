import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildId } from "../../src/api/app-build.ts";
import type { Handlers } from "../../src/api/methods.ts";
import { type AppFile, readAppFiles } from "../../src/node/web/app-files.ts";
import { OneTimeTokens } from "../../src/node/web/one-time-tokens.ts";
import { serveWeb, type WebServer } from "../../src/node/web/web-server.ts";
import { WebSessions } from "../../src/node/web/web-sessions.ts";
import { WebStore } from "../../src/node/web/web-store.ts";
import { systemClock } from "../../src/node/clock.ts";
import { launchChromium } from "../servers/chromium.ts";
import { requireServer } from "../servers/require-server.ts";
import { type Home, linkBrowser, startHome, type Watched, watched } from "./rig.ts";

const there = await requireServer("chromium");

// Scripts for the page are texts: tests are checked without the names that a browser has.
const isKept = (watching: Watched) => watching.page.evaluate<string>("navigator.serviceWorker.ready.then(({ active }) => active.state)");

describe.skipIf(!there.ok)("W2: the build that a browser keeps", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  describe("without the node", () => {
    let home: Home;
    let context: BrowserContext;
    beforeAll(async () => {
      home = await startHome();
      context = await browser.newContext();
    });
    afterAll(() => home?.[Symbol.asyncDispose]());

    test("the app starts, shows what it has, and takes what is written; it goes out when the node is back", async () => {
      const first = await watched(context);
      await linkBrowser(home, first);
      expect(await isKept(first)).toMatch(/^activat/);
      const { page: firstPage } = first;
      await firstPage.getByRole("option", { name: "Note to self" }).click();
      await firstPage.getByRole("textbox").fill("before it went");
      await firstPage.getByRole("textbox").press("Enter");
      await firstPage.locator("article.message", { hasText: "before it went" }).waitFor();
      await home.home.stop();
      await firstPage.close();

      const { page } = await watched(context);
      await page.goto(home.origin);
      await page.getByRole("option", { name: "Note to self" }).click();
      await page.locator("article.message", { hasText: "before it went" }).waitFor();
      await page.getByRole("textbox").fill("while it was gone");
      await page.getByRole("textbox").press("Enter");
      await page.locator("article.message", { hasText: "while it was gone" }).waitFor();

      await home.start();
      const [self] = await home.home.json<{ conversation: string }[]>("chats");
      await expect
        .poll(async () => (await home.home.rows<{ text: string }>("read", String(self?.conversation))).map(({ text }) => text), {
          timeout: 30_000,
        })
        .toEqual(["before it went", "while it was gone"]);
    });

    test("what the node says is its build is what the browser runs, and doctor finds nothing changed", async () => {
      const { app } = await home.home.json<{ app: { version: string; build: string } }>("status");
      const rows = await home.home.json<{ check: string; ok: boolean; message: string }[]>("doctor");
      expect(rows.find(({ check }) => check === "app")).toMatchObject({ ok: true, message: expect.stringContaining(app.build) });
      const page = context.pages()[0] as Watched["page"];
      await page.goto(`${home.origin}/#/settings/about`);
      await page.getByText(app.build).waitFor();
    });

    test("sessions and the device API are never kept", async () => {
      const page = context.pages()[0] as Watched["page"];
      const kept = await page.evaluate<string[]>(`(async () => {
        const caches = await Promise.all((await self.caches.keys()).map((name) => self.caches.open(name)));
        const requests = await Promise.all(caches.map((cache) => cache.keys()));
        return requests.flat().map(({ url }) => new URL(url).pathname);
      })()`);
      expect(kept).toContain("/index.html");
      expect(kept.filter((path) => path.startsWith("/api"))).toEqual([]);
    });
  });

  describe("and another one", () => {
    const folder = mkdtempSync(join(tmpdir(), "homeport-app-"));
    const files = new Map<string, AppFile>(readAppFiles(join(import.meta.dirname, "..", "..", "dist", "app")));
    let server: WebServer;
    beforeAll(async () => {
      const sessions = new WebSessions(new WebStore(folder), systemClock);
      const handlers = {} as unknown as Handlers;
      const tokens = new OneTimeTokens(systemClock);
      server = await serveWeb({
        address: { host: "127.0.0.1", port: 0 },
        ...{
          phones: () => [],
          acceptPeer: () => false,
          wayForPhones: () => ({ origin: null, install: [] }),
          files,
          handlers,
          sessions,
          tokens,
          clock: systemClock,
        },
      });
    });
    afterAll(async () => {
      await server?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const looks = (page: Watched["page"]) =>
      page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update()).then(() => undefined)");
    const title = (page: Watched["page"]) =>
      page.evaluate<string | null>("document.querySelector('meta[name=changed]')?.getAttribute('content') ?? null");

    test("is used only when the person agrees, by all pages at once, and what was typed is not lost", async () => {
      const context = await browser.newContext();
      const one = await watched(context);
      await one.page.goto(server.origin);
      await one.page.getByLabel("Link", { exact: true }).waitFor();
      await isKept(one);
      await one.page.reload();
      const two = await watched(context);
      await two.page.goto(server.origin);
      await one.page.evaluate("sessionStorage.setItem('homeport-draft-x', 'half a sentence')");

      await changeBuild(files, "second");
      await looks(one.page);
      await one.page.getByText("A new version is there. Update now?").waitFor();
      await two.page.getByText("A new version is there. Update now?").waitFor();
      await one.page.reload();
      expect(await title(one.page), "nobody agreed yet").toBe(null);
      await one.page.getByRole("button", { name: "Update" }).click();
      await expect
        .poll(async () => [await title(one.page).catch(() => null), await title(two.page).catch(() => null)], { timeout: 15_000 })
        .toEqual(["second", "second"]);
      expect(await one.page.evaluate("sessionStorage.getItem('homeport-draft-x')")).toBe("half a sentence");
      expect(await one.page.evaluate("caches.keys().then(({ length }) => length)"), "the old build is gone").toBe(1);
      expect([...one.complaints, ...two.complaints]).toEqual([]);
      await context.close();
    });

    test("is not taken where one of its files is not as its list says", async () => {
      const context = await browser.newContext();
      const watching = await watched(context);
      const { page } = watching;
      await page.goto(server.origin);
      await isKept(watching);
      await page.reload();
      await changeBuild(files, "third");
      const index = files.get("/index.html") as AppFile;
      files.set("/index.html", changed(index, `${index.bytes.toString("utf8")}<!-- slipped in -->`));
      await looks(page).catch(() => undefined);
      await page.waitForTimeout(1000);
      expect(await page.evaluate("navigator.serviceWorker.ready.then(({ waiting }) => waiting)")).toBe(null);
      expect(await page.getByText("A new version is there").count()).toBe(0);
      await context.close();
    });
  });
});

/** Another build: its page says which, and the list in the service worker and the published one go with it. */
async function changeBuild(files: Map<string, AppFile>, name: string): Promise<void> {
  const index = files.get("/index.html") as AppFile;
  const html = index.bytes
    .toString("utf8")
    .replace(/<meta name="changed"[^>]*>/, "")
    .replace("<head>", `<head><meta name="changed" content="${name}">`);
  const worker = files.get("/service-worker.js") as AppFile;
  const newIndex = changed(index, html);
  const newWorker = changed(worker, worker.bytes.toString("utf8").replaceAll(sha256(index.bytes), sha256(newIndex.bytes)));
  files.set("/index.html", newIndex);
  files.set("/", newIndex);
  files.set("/service-worker.js", newWorker);
  const hashes = files.get("/hashes.json") as AppFile;
  const list = JSON.parse(hashes.bytes.toString("utf8")) as { version: string; files: Record<string, string> };
  const all = { ...list.files, "/index.html": sha256(newIndex.bytes), "/service-worker.js": sha256(newWorker.bytes) };
  files.set("/hashes.json", changed(hashes, JSON.stringify({ version: name, build: await buildId(all), files: all })));
}

function changed(file: AppFile, text: string): AppFile {
  const bytes = Buffer.from(text);
  return { ...file, bytes, brotli: undefined, etag: `"${sha256(bytes).slice(0, 22)}"` };
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");
