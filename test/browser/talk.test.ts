import { truncateSync, writeFileSync } from "node:fs";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addIrc, inTheClear, open, overTls } from "../e2e/irc.ts";
import { eventually, type Homeport, type World, world } from "../harness/homeport.ts";
import { launchChromium } from "../servers/chromium.ts";
import { type Inspircd, inspircd } from "../servers/inspircd.ts";
import { type IrcPeer, ircPeer } from "../servers/irc-peer.ts";
import { requireServer } from "../servers/require-server.ts";
import { linkBrowser, type Watched, watched } from "./rig.ts";

const there = await requireServer("irc", "bwrap", "chromium");
const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true } as const;
const SMALL = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true } as const;
const PATIENT = { timeout: 30_000 };
/** A picture of one pixel. */
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");

describe.skipIf(!there.ok)("conversations in the app", () => {
  let place: World;
  let home: Homeport;
  let server: Inspircd;
  let bob: IrcPeer;
  let browser: Browser;
  let pc: Watched;
  let phone: Watched;
  let phoneContext: BrowserContext;
  let origin: string;
  let channel: string;

  beforeAll(async () => {
    place = await world();
    server = await inspircd();
    home = await place.machine("home");
    await home.init();
    const webPort = home.listen.replace(/\d+$/, (port) => String(Number(port) + 1));
    const { url } = await home.start("--http", ":0", "--listen", home.listen, `${webPort}/ws`);
    origin = new URL(String(url)).origin;
    channel = await open(home, await addIrc(home, { ...(await overTls(server)), nick: "alice" }), "#talk");
    bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#talk");
    browser = await launchChromium();
    pc = await watched(await browser.newContext({ viewport: { width: 1200, height: 800 } }));
    await pc.page.goto(String(url));
    phoneContext = await browser.newContext(PHONE);
    phone = await watched(phoneContext);
    await linkBrowser({ home, origin } as Parameters<typeof linkBrowser>[0], phone);
  });
  afterAll(async () => {
    await browser?.close();
    await bob?.close();
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const row = (page: Page, name: string) => page.getByRole("option", { name });
  /** Also where the list is not on screen. */
  const hidden = (page: Page, name: string) => page.locator("[role=option]", { hasText: name });
  const goTo = async (page: Page, name: string) => {
    const back = page.getByRole("button", { name: "Back", exact: true });
    if (await back.isVisible()) await back.click();
    await row(page, name).click();
    await composer(page).waitFor();
  };
  const composer = (page: Page) => page.locator(".composer textarea");
  const bubble = (page: Page, text: string) => page.locator("article.message", { hasText: text });
  const say = async (page: Page, text: string) => {
    await composer(page).fill(text);
    await composer(page).press("Enter");
  };
  const toNewest = async (page: Page) => {
    const button = page.getByRole("button", { name: /^To the newest message/ });
    await page.waitForTimeout(300);
    if (await button.isVisible()) await button.click();
  };
  const menu = async (page: Page, text: string, item: string) => {
    await bubble(page, text).first().locator(".more").click();
    await page.getByRole("menuitem", { name: item }).click();
  };

  test("a reply, an edit, a reaction and a deletion on one device are seen on the other", async () => {
    await goTo(pc.page, "Note to self");
    await goTo(phone.page, "Note to self");
    await say(pc.page, "buy milk");
    await bubble(phone.page, "buy milk").waitFor();
    await menu(phone.page, "buy milk", "Reply");
    await say(phone.page, "two bottles");
    await bubble(pc.page, "two bottles").locator(".quote", { hasText: "buy milk" }).waitFor();
    // The arrow leads to the last message, to be edited.
    await composer(phone.page).press("ArrowUp");
    await expect.poll(() => composer(phone.page).inputValue(), PATIENT).toBe("two bottles");
    await say(phone.page, "three bottles");
    await bubble(pc.page, "three bottles").getByRole("button", { name: "edited" }).click();
    await pc.page.getByRole("dialog").getByText("two bottles").waitFor();
    await pc.page.keyboard.press("Escape");
    await menu(pc.page, "three bottles", "React…");
    await pc.page.getByRole("button", { name: "👍" }).click();
    await bubble(phone.page, "three bottles")
      .getByRole("button", { name: /👍, 1, with yours/ })
      .waitFor();
    await menu(phone.page, "buy milk", "Delete");
    await phone.page.getByRole("button", { name: "Delete for good" }).click();
    await pc.page.locator(".event", { hasText: "This message was deleted" }).waitFor();
    await pc.page.getByText("What this answers was deleted.").waitFor();
  });

  test("a draft is on all devices, and survives a reload", async () => {
    await composer(phone.page).fill("to be continued");
    await expect.poll(() => composer(pc.page).inputValue(), PATIENT).toBe("to be continued");
    await pc.page.reload();
    await expect.poll(() => composer(pc.page).inputValue(), PATIENT).toBe("to be continued");
    await composer(pc.page).fill("");
    await expect.poll(() => composer(phone.page).inputValue(), PATIENT).toBe("");
  });

  test("what is said on IRC is found, and the hit leads to its place and shows it", async () => {
    for (let i = 0; i < 150; i++) bob.say("#talk", i === 20 ? "the harbour opens at nine" : `line ${i}`);
    await eventually("the home PC has them", async () => {
      const read = await home.rows<{ text: string }>("read", channel, "--limit", "1");
      return read[0]?.text === "line 149" || undefined;
    });
    const search = pc.page.getByRole("searchbox", { name: "Find conversations and messages" });
    await search.fill("harbour");
    const hit = pc.page.getByRole("option", { name: /harbour opens/ });
    await hit.click();
    const place = pc.page.locator(".line[data-flash]", { hasText: "harbour opens" });
    await place.waitFor();
    expect(await inView(place)).toBe(true);
    await search.fill("");
    // Far from the end: the way back says how many are unread.
    await pc.page.getByRole("button", { name: /^To the newest message/ }).click();
    await bubble(pc.page, "line 149").waitFor();
  });

  test("a conversation opens at the first unread message; reading marks it on all devices", async () => {
    await expect.poll(() => hidden(pc.page, "#talk").locator("[aria-label$=unread]").count(), PATIENT).toBe(0);
    await goTo(pc.page, "Note to self");
    for (let i = 0; i < 40; i++) bob.say("#talk", i === 0 ? "alice: first of the new" : `new ${i}`);
    await hidden(phone.page, "#talk").locator("[aria-label='40 unread']").waitFor({ state: "attached" });
    await goTo(phone.page, "#talk");
    const divider = phone.page.getByText("New messages");
    await divider.waitFor();
    expect(await inView(divider)).toBe(true);
    expect(await bubble(phone.page, "first of the new").getAttribute("data-mention")).toBe("true");
    const seen = await phone.page.getByText("new 39").isVisible();
    expect(seen).toBe(false);
    bob.say("#talk", "does not make the view jump");
    await phone.page.waitForTimeout(500);
    expect(await inView(divider)).toBe(true);
    await toNewest(phone.page);
    await bubble(phone.page, "does not make the view jump").waitFor();
    await expect.poll(() => hidden(pc.page, "#talk").locator("[aria-label$=unread]").count(), PATIENT).toBe(0);
  });

  test("slash commands do what the network has, what is unknown is refused, and a long text says what becomes of it", async () => {
    await goTo(pc.page, "#talk");
    await say(pc.page, "/me waves");
    await bubble(pc.page, "waves").waitFor();
    await bob.waitFor(/ACTION waves/);
    await say(pc.page, "/frobnicate now");
    await pc.page.getByRole("alert").getByText("There is no command /frobnicate here").waitFor();
    expect(await composer(pc.page).inputValue()).toBe("/frobnicate now");
    await say(pc.page, "//slash");
    await bob.waitFor(/PRIVMSG #talk :\/slash/);
    await composer(pc.page).fill("bo");
    await composer(pc.page).press("Tab");
    expect(await composer(pc.page).inputValue()).toBe("bob: ");
    await composer(pc.page).fill("one\ntwo\nthree\nfour");
    await pc.page.getByText("Will be sent as 4 messages.").waitFor();
    await composer(pc.page).fill("");
  });

  test("a conversation is pinned, muted and archived by the keyboard, on all devices", async () => {
    await row(pc.page, "#talk").focus();
    await pc.page.keyboard.press("Shift+F10");
    await pc.page.getByRole("menuitem", { name: "Pin to the top" }).press("Enter");
    await row(pc.page, "#talk").getByText("pinned").waitFor();
    await hidden(phone.page, "#talk").getByText("pinned").waitFor({ state: "attached" });
    await pc.page.getByRole("button", { name: "More about #talk" }).click();
    await pc.page.getByRole("menuitem", { name: "Archive" }).click();
    await pc.page.getByRole("button", { name: "Show one archived conversation" }).click();
    await row(pc.page, "#talk").waitFor();
    await home.json("unarchive", channel);
    await pc.page.getByRole("button", { name: "Back to the conversations" }).waitFor({ state: "detached" });
    await row(pc.page, "#talk").waitFor();
  });

  test("files are sent with progress, cancelled, and pictures are looked at", async () => {
    await goTo(pc.page, "Note to self");
    const input = pc.page.locator("input[type=file]");
    await input.setInputFiles([{ name: "pixel.png", mimeType: "image/png", buffer: PIXEL }]);
    await pc.page.getByRole("button", { name: "Send", exact: true }).click();
    await pc.page.getByRole("button", { name: "Look at pixel.png" }).click();
    await pc.page.getByRole("dialog").getByRole("img", { name: "pixel.png" }).waitFor();
    await pc.page.keyboard.press("Escape");
    const big = place.path("big.bin");
    writeFileSync(big, "");
    truncateSync(big, 120 << 20);
    await input.setInputFiles(big);
    await pc.page.getByRole("button", { name: "Send", exact: true }).click();
    await pc.page.getByRole("progressbar", { name: "Sending files" }).waitFor();
    await pc.page.locator(".outgoing").getByRole("button", { name: "Cancel" }).click();
    await pc.page.getByText("Cancelled; nothing was sent.").waitFor();
    await pc.page.getByRole("button", { name: "Remove big.bin" }).click();
  });

  test("a connection that became worse shuts the composer until the person decides", async () => {
    const account = await addIrc(home, { ...inTheClear(server), nick: "alice2" });
    const id = await open(home, account, "#open");
    // This browser knew the conversation under a better label.
    await pc.page.evaluate(`localStorage.setItem("homeport-known-labels", JSON.stringify({ "${id}": "server-reads" }))`);
    await pc.page.reload();
    await row(pc.page, "#open").click();
    await pc.page.getByRole("alert").getByText("became worse").waitFor();
    expect(await composer(pc.page).isDisabled()).toBe(true);
    await pc.page.getByRole("button", { name: "Write one message anyway: Not encrypted" }).click();
    await say(pc.page, "in the clear");
    await bubble(pc.page, "in the clear").getByText("sent", { exact: true }).waitFor();
    await pc.page.getByRole("alert").getByText("became worse").waitFor();
    await pc.page.getByRole("button", { name: "Accept it for this conversation" }).click();
    await expect.poll(() => composer(pc.page).isDisabled(), PATIENT).toBe(false);
  });

  test("hostile text is shown as text wherever it stands, and stays in its box", async () => {
    const evil = "\u202eexe.gnp <img src=x onerror=alert(1)> \u200b" + "Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357".repeat(8);
    bob.raw(`TOPIC #talk :${evil}`);
    bob.say("#talk", evil);
    bob.say("#talk", "W".repeat(380));
    await goTo(phone.page, "#talk");
    await toNewest(phone.page);
    await bubble(phone.page, "WWWW").waitFor();
    await menu(phone.page, "exe.gnp", "Reply");
    await say(phone.page, "what is that");
    await phone.page.locator(".quote", { hasText: "exe.gnp" }).waitFor();
    const search = pc.page.getByRole("searchbox", { name: "Find conversations and messages" });
    await search.fill("onerror");
    await pc.page
      .getByRole("option", { name: /onerror/ })
      .first()
      .waitFor();
    for (const { page } of [pc, phone]) {
      const text = await page.evaluate<string>("document.body.innerText + document.title");
      expect(text).not.toMatch(/[\u202a-\u202e\u200b]/);
      expect(await page.locator("img[src=x]").count()).toBe(0);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    }
    await search.fill("");
  });

  test("no serious finding of axe, at 320 px and on a desktop; nothing breaks the policy", async () => {
    await goTo(pc.page, "Note to self");
    await phone.page.setViewportSize(SMALL.viewport);
    for (const { page } of [pc, phone]) {
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    }
    expect([...pc.complaints, ...phone.complaints]).toEqual([]);
  });
});

async function inView(locator: Locator): Promise<boolean> {
  await locator.page().waitForTimeout(300);
  const box = await locator.boundingBox();
  const size = locator.page().viewportSize();
  return box !== null && size !== null && box.y >= 0 && box.y + box.height <= size.height;
}
