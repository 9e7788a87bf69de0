import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../servers/chromium.ts";
import { requireServer } from "../servers/require-server.ts";
import { type Home, linkBrowser, startHome, watched } from "../browser/rig.ts";

const there = await requireServer("chromium");

describe.skipIf(!there.ok)("a browser device with a passphrase", () => {
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

  const isLocked = () => page.getByRole("heading", { name: "Homeport is locked" }).waitFor({ timeout: 30_000 });
  const unlock = async (passphrase: string) => {
    await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
    await page.getByRole("button", { name: "Unlock" }).click();
  };

  test("is locked at once when the person says so, and after the page was closed; the passphrase opens it", async () => {
    await page.goto(`${home.origin}/#/settings/lock`);
    await page.getByLabel("New passphrase", { exact: true }).fill("correct horse");
    await page.getByLabel("New passphrase once more").fill("correct horse");
    await page.getByRole("button", { name: "Set the passphrase" }).click();
    await page.getByText("There is a passphrase.").waitFor();
    await page.getByRole("button", { name: "Lock now" }).click();
    await isLocked();
    await page.close();
    page = await context.newPage();
    await page.goto(home.origin);
    await isLocked();
    await unlock("correct horse");
    await page.getByRole("option", { name: "Note to self" }).waitFor();
  });

  test("slows down who guesses, also over a reload", async () => {
    await page.reload();
    await isLocked();
    for (const guess of ["one", "two"]) {
      await unlock(guess);
      await page.getByText("That is not the passphrase.").waitFor();
      await expect.poll(() => page.getByRole("button", { name: "Unlock" }).count()).toBe(1);
    }
    await unlock("three");
    await page.getByText(/Wait \d seconds? before the next attempt/).waitFor();
    await page.reload();
    await unlock("four");
    await page.getByText(/Wait \d seconds? before the next attempt/).waitFor();
    await page.waitForTimeout(5000);
    await unlock("correct horse");
    await page.getByRole("option", { name: "Note to self" }).waitFor();
  });

  test("a wrong current passphrase changes nothing, and the right one takes the lock away", async () => {
    await page.goto(`${home.origin}/#/settings/lock`);
    await page.getByLabel("Current passphrase").fill("guess");
    await page.getByRole("button", { name: "Remove the passphrase" }).click();
    await page.getByText("That is not the passphrase.").waitFor();
    await page.getByLabel("Current passphrase").fill("correct horse");
    await page.getByRole("button", { name: "Remove the passphrase" }).click();
    await page.getByText("There is no passphrase").waitFor();
    await page.reload();
    await page.getByText("There is no passphrase").waitFor();
  });
});
