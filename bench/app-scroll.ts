import type { Page } from "playwright-core";
import { world } from "../test/harness/homeport.ts";
import { launchChromium } from "../test/servers/chromium.ts";
import { fillHome } from "./core/fill-home.ts";
import { type Result, summarise } from "./result.ts";

const ENTRIES = Number(process.env["HOMEPORT_BENCH_ENTRIES"] ?? 1_000_000);
const OPENINGS = 15;
const WHEELS = 300;
const STEP_PX = 400;

/** In the page: when a conversation was pressed, when its text was painted, and the tasks that took longer than 50 ms. */
const WATCH = `
  window.seen = { opened: [], tasks: [] };
  new PerformanceObserver((list) => { for (const task of list.getEntries()) window.seen.tasks.push(task.duration); }).observe({ entryTypes: ["longtask"] });
  let pressed;
  addEventListener("pointerdown", ({ target }) => { if (target.closest("[role=option]")?.textContent.includes("#long")) pressed = performance.now(); }, true);
  new MutationObserver(() => {
    const text = document.querySelector("article.message .text");
    if (pressed === undefined || !text || !text.textContent.startsWith("line ")) return;
    const since = pressed;
    pressed = undefined;
    requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => window.seen.opened.push(performance.now() - since); c.port2.postMessage(0); });
  }).observe(document.body, { childList: true, subtree: true });
`;

/** Milliseconds from the press on a conversation of so many messages until its text is painted; and the longest tasks of scrolling. */
export async function bench(): Promise<Result> {
  await using place = await world();
  const home = await place.machine("home");
  await home.init();
  await fillHome(home.data, "#long", ENTRIES);
  const { url } = await home.start("--http", ":0");
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    await page.goto(String(url));
    await page.getByRole("option", { name: "#long" }).waitFor({ timeout: 120_000 });
    await page.evaluate(WATCH);
    const opened = await open(page);
    const tasks = await scroll(page);
    return {
      ...{ name: "app-scroll", unit: "ms from the press to the painted text", ...summarise(opened), entries: ENTRIES },
      scrolling: { wheels: WHEELS, over50ms: tasks.length, longest: Math.round(Math.max(0, ...tasks)) },
      peers: {},
    };
  } finally {
    await browser.close();
  }
}

async function open(page: Page): Promise<number[]> {
  for (let n = 1; n <= OPENINGS; n++) {
    await page.getByRole("option", { name: "Note to self" }).click();
    await page.waitForTimeout(200);
    await page.getByRole("option", { name: "#long" }).click();
    // The page runs no text as code, so that it is asked from outside.
    while ((await page.evaluate<number>("window.seen.opened.length")) < n) await page.waitForTimeout(20);
  }
  return page.evaluate<number[]>("window.seen.opened");
}

async function scroll(page: Page): Promise<number[]> {
  await page.locator(".messages-list").hover();
  await page.waitForTimeout(1000);
  await page.evaluate("window.seen.tasks.length = 0");
  for (let n = 0; n < WHEELS; n++) {
    await page.mouse.wheel(0, -STEP_PX);
    await page.waitForTimeout(16);
  }
  return page.evaluate<number[]>("window.seen.tasks");
}
