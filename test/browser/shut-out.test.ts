import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../servers/chromium.ts";
import { requireServer } from "../servers/require-server.ts";
import { type Home, linkBrowser, startHome, watched } from "./rig.ts";

const there = await requireServer("chromium");

const LEFT = `(async () => {
  const root = await navigator.storage.getDirectory();
  const files = [];
  const walk = async (folder, path) => {
    for await (const [name, entry] of folder.entries()) {
      if (entry.kind === "directory") await walk(entry, path + name + "/");
      else files.push({ path: path + name, bytes: (await entry.getFile()).size });
    }
  };
  await walk(root, "/");
  const keys = await new Promise((resolve) => {
    const opening = indexedDB.open("homeport-keys");
    opening.onsuccess = () => {
      const all = opening.result.transaction("keys").objectStore("keys").getAllKeys();
      all.onsuccess = () => { resolve(all.result); opening.result.close(); };
    };
  });
  return { files, keys, drafts: Object.keys(sessionStorage).concat(Object.keys(localStorage)).filter((key) => key.includes("draft")) };
})()`;

describe.skipIf(!there.ok)("a browser device that was shut out", () => {
  let home: Home;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    home = await startHome();
    browser = await launchChromium();
    context = await browser.newContext();
    const phone = await watched(context);
    page = phone.page;
    await linkBrowser(home, phone);
  });
  afterAll(async () => {
    await browser?.close();
    await home?.[Symbol.asyncDispose]();
  });

  const device = async () => String((await home.home.knows("My phone"))?.device);

  test("A9: frozen while it is connected, it shows nothing more, also after a reload, and loses nothing", async () => {
    await page.getByRole("option", { name: "Note to self" }).click();
    await page.getByRole("textbox").last().fill("for my eyes");
    await page.getByRole("textbox").last().press("Enter");
    await page.locator("article.message", { hasText: "for my eyes" }).waitFor();
    await home.home.json("device", "freeze", await device());
    await page.getByRole("heading", { name: "This device is frozen" }).waitFor({ timeout: 30_000 });
    expect(await page.getByText("for my eyes").count()).toBe(0);
    await page.reload();
    await page.getByRole("heading", { name: "This device is frozen" }).waitFor();
    await home.home.json("device", "unfreeze", await device());
    await page.getByRole("option", { name: "Note to self" }).waitFor({ timeout: 60_000 });
    await page.getByRole("option", { name: "Note to self" }).click();
    await page.locator("article.message", { hasText: "for my eyes" }).waitFor();
  });

  test("A7: revoked while it was away, it says so when it comes and erases keys, messages, files and drafts", async () => {
    await page.evaluate("sessionStorage.setItem('homeport-draft-x', 'unsent')");
    await page.close();
    await home.home.json("device", "revoke", await device());
    page = await context.newPage();
    await page.goto(home.origin);
    await page.getByRole("heading", { name: "This device was removed" }).waitFor({ timeout: 30_000 });
    const left = await page.evaluate<{ files: { path: string; bytes: number }[]; keys: unknown[]; drafts: string[] }>(LEFT);
    expect(left.keys).toEqual([]);
    expect(left.drafts).toEqual([]);
    // The pool of the database keeps empty files, each with a head that names none.
    expect(left.files.filter(({ bytes }) => bytes > 4096)).toEqual([]);
    await page.getByRole("button", { name: "Link this browser again" }).click();
    await page.getByLabel("Link", { exact: true }).waitFor();
  });
});
