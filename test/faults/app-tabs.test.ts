import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../servers/chromium.ts";
import { requireServer } from "../servers/require-server.ts";
import { type Home, linkBrowser, startHome, type Watched, watched } from "../browser/rig.ts";

const there = await requireServer("chromium");

const HELD = "navigator.locks.query().then(({ held }) => held.filter(({ name }) => name === 'homeport-device').length)";

describe.skipIf(!there.ok)("several tabs of one browser device", () => {
  let home: Home;
  let browser: Browser;
  let context: BrowserContext;
  let tabs: Watched[];

  beforeAll(async () => {
    home = await startHome();
    browser = await launchChromium();
    context = await browser.newContext();
    const first = await watched(context);
    await linkBrowser(home, first);
    tabs = [first, await watched(context), await watched(context)];
    for (const { page } of tabs.slice(1)) await page.goto(`${home.origin}/#/`);
  });
  afterAll(async () => {
    await browser?.close();
    await home?.[Symbol.asyncDispose]();
  });

  const write = async ({ page }: Watched, text: string) => {
    await page.getByRole("option", { name: "Note to self" }).click();
    const box = page.getByRole("textbox").last();
    await box.fill(text);
    await box.press("Enter");
    await page.locator("article.message", { hasText: text }).waitFor();
  };

  test("one holds the device, and each writes and sees what the others wrote", async () => {
    for (const [n, tab] of tabs.entries()) await write(tab, `from tab ${n}`);
    for (const { page } of tabs) {
      for (const n of tabs.keys()) await page.locator("article.message", { hasText: `from tab ${n}` }).waitFor();
      expect(await page.evaluate(HELD)).toBe(1);
    }
  });

  test("when the one that holds it is closed, another takes over, and the third follows that one", async () => {
    const [first, second, third] = tabs as [Watched, Watched, Watched];
    const before = Date.now();
    await first.page.close();
    await write(second, "after the take-over");
    await third.page.locator("article.message", { hasText: "after the take-over" }).waitFor();
    console.warn(`take-over, until a message was written and seen in the third tab: ${Date.now() - before} ms`);
    expect(await third.page.evaluate(HELD)).toBe(1);
    for (const { complaints } of [second, third]) expect(complaints).toEqual([]);
  });

  test("nothing that was written is there twice or missing", async () => {
    const [chat] = await home.home.json<{ conversation: string }[]>("chats");
    await expect
      .poll(async () => (await home.home.rows<{ text: string }>("read", String(chat?.conversation))).map(({ text }) => text).sort(), {
        timeout: 20_000,
      })
      .toEqual(["after the take-over", "from tab 0", "from tab 1", "from tab 2"]);
  });

  test("while the device is locked in one tab, the others say where it is, and go on once it is open", async () => {
    const [, second, third] = tabs as [Watched, Watched, Watched];
    await second.page.goto(`${home.origin}/#/settings/lock`);
    await second.page.getByLabel("New passphrase", { exact: true }).fill("correct horse");
    await second.page.getByLabel("New passphrase once more").fill("correct horse");
    await second.page.getByRole("button", { name: "Set the passphrase" }).click();
    await second.page.getByRole("button", { name: "Lock now" }).click();
    const lockedIn = async ({ page }: Watched) => (await page.getByRole("heading", { name: "Homeport is locked" }).count()) === 1;
    // The page that holds it is opened anew, so that the other one may get the turn.
    await expect.poll(async () => [await lockedIn(second), await lockedIn(third)].filter(Boolean).length, { timeout: 20_000 }).toBe(1);
    const [holder, other] = (await lockedIn(second)) ? [second, third] : [third, second];
    await other.page.getByText("Homeport is open in another tab").waitFor();
    await holder.page.getByLabel("Passphrase", { exact: true }).fill("correct horse");
    await holder.page.getByRole("button", { name: "Unlock" }).click();
    for (const { page } of [holder, other])
      await page
        .getByRole("link", { name: /Settings/ })
        .first()
        .waitFor();
  });
});
