import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { linkPhone, place, type Place } from "./screenshots/place.ts";
import { SHOTS, type Shot, SIZES, type Size, THEMES, type Theme } from "./screenshots/shots.ts";

/** Every page of the app in both themes and both sizes, of a real node: `node scripts/screenshots.ts [--out DIR] [--only NAME…]`. */
const { values } = parseArgs({
  options: {
    out: { type: "string", default: "docs/screenshots" },
    only: { type: "string", multiple: true },
    theme: { type: "string" },
    size: { type: "string" },
    lang: { type: "string", default: "en" },
  },
});
mkdirSync(values.out, { recursive: true });
await using at = await place();
await linkPhone(at);
const wanted = (name: string) => values.only === undefined || values.only.some((part) => name.includes(part));
let bytes = 0;
for (const size of Object.keys(SIZES) as Size[])
  for (const theme of THEMES) if ((values.size ?? size) === size && (values.theme ?? theme) === theme) await each(at, size, theme);
process.stdout.write(`${(bytes / 1e6).toFixed(2)} MB\n`);

async function each({ home, browser }: Place, size: Size, theme: Theme): Promise<void> {
  const { url } = await home.json<{ url: string }>("open");
  const context = await browser.newContext({ ...SIZES[size], colorScheme: theme, reducedMotion: "reduce", locale: values.lang });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole("option", { name: "#hamburg" }).waitFor();
  const stranger = await browser.newContext({ ...SIZES[size], colorScheme: theme, reducedMotion: "reduce", locale: values.lang });
  const outside = await stranger.newPage();
  await outside.goto(new URL(url).origin);
  await outside.getByRole("textbox").first().waitFor();
  for (const shot of SHOTS.filter(({ name, isDialog }) => wanted(name) && !(isDialog && theme === "dark")))
    await take(shot.fresh ? outside : page, shot, `${shot.name}-${size}-${theme}.png`);
  await context.close();
  await stranger.close();
}

async function take(page: Page, shot: Shot, file: string): Promise<void> {
  if (!shot.fresh) await page.goto(`${new URL(page.url()).origin}/#${shot.hash ?? "/"}`);
  await page.waitForTimeout(400);
  await shot.prepare?.(page);
  await page.waitForTimeout(250);
  const path = join(values.out, file);
  await page.screenshot({ path });
  bytes += statSync(path).size;
  await page.keyboard.press("Escape");
}
