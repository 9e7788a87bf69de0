import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fillHome } from "../../bench/core/fill-home.ts";
import { type World, world } from "../harness/homeport.ts";
import { launchChromium } from "../servers/chromium.ts";
import { requireServer } from "../servers/require-server.ts";
import { type Watched, watched } from "../browser/rig.ts";

const there = await requireServer("chromium");
const LINES = 100_000;

describe.skipIf(!there.ok)("a conversation of 100,000 messages", () => {
  let place: World;
  let browser: Browser;
  let pc: Watched;
  let page: Page;

  beforeAll(async () => {
    place = await world();
    const home = await place.machine("home");
    await home.init();
    await fillHome(home.data, "#long", LINES);
    const { url } = await home.start("--http", ":0");
    browser = await launchChromium();
    pc = await watched(await browser.newContext({ viewport: { width: 1200, height: 800 } }));
    page = pc.page;
    await page.goto(String(url));
    await page.getByRole("option", { name: "#long" }).click();
  });
  afterAll(async () => {
    await browser?.close();
    await place?.[Symbol.asyncDispose]();
  });

  /** Numbers of the lines that are in the page, in order. */
  const lines = () =>
    page
      .locator("article.message .text")
      .evaluateAll((texts) => texts.map((text) => Number(/^line (\d+)/.exec(text.textContent ?? "")?.[1])));
  const isRun = (numbers: readonly number[]) => numbers.length > 0 && numbers.every((n, i) => i === 0 || n === (numbers[i - 1] ?? 0) + 1);

  test("opens at the end, and is read backwards without a hole, a repetition or a growing page", async () => {
    await page.locator("article.message", { hasText: `line ${LINES - 1} ` }).waitFor();
    const list = page.locator(".messages-list");
    for (let i = 0; i < 60; i++) {
      await list.hover();
      await page.mouse.wheel(0, -2500);
      await page.waitForTimeout(20);
    }
    await expect.poll(async () => (await lines())[0] ?? LINES, { timeout: 20_000 }).toBeLessThan(LINES - 500);
    expect(isRun(await lines())).toBe(true);
    expect(await page.locator("article.message").count()).toBeLessThan(100);
    for (let i = 0; i < 20; i++) {
      await page.mouse.wheel(0, 2500);
      await page.waitForTimeout(20);
    }
    expect(isRun(await lines())).toBe(true);
  });

  test("a jump to a date leads to the first message since, and on from there", async () => {
    await page.getByRole("button", { name: "More about #long" }).click();
    await page.getByRole("menuitem", { name: "Go to a date" }).click();
    await page.getByLabel("Date", { exact: true }).fill("2023-01-01");
    await page.getByRole("button", { name: "Go there" }).click();
    await page.locator(".line[data-flash]", { hasText: "line 0 " }).waitFor();
    const list = page.locator(".messages-list");
    await list.hover();
    for (let i = 0; i < 15; i++) {
      await page.mouse.wheel(0, 2500);
      await page.waitForTimeout(20);
    }
    await expect.poll(async () => (await lines()).at(-1) ?? 0, { timeout: 20_000 }).toBeGreaterThan(60);
    expect(isRun(await lines())).toBe(true);
    await page.getByRole("button", { name: /^To the newest message/ }).click();
    await page.locator("article.message", { hasText: `line ${LINES - 1} ` }).waitFor();
    expect(pc.complaints).toEqual([]);
  });
});
