import type { Browser, BrowserContext, Page } from "playwright-core";
import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addIrc, inTheClear, open, overTls } from "../e2e/irc.ts";
import { eventually, type Homeport, type World, world } from "../harness/homeport.ts";
import { launchChromium } from "../servers/chromium.ts";
import { type Inspircd, inspircd } from "../servers/inspircd.ts";
import { type IrcPeer, ircPeer } from "../servers/irc-peer.ts";
import { requireServer } from "../servers/require-server.ts";

const there = await requireServer("irc", "bwrap", "chromium");
const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true } as const;

/** A page and everything that it complained about. */
interface Watched {
  page: Page;
  complaints: string[];
}

describe.skipIf(!there.ok)("a browser as a device", () => {
  let place: World;
  let home: Homeport;
  let server: Inspircd;
  let bob: IrcPeer;
  let browser: Browser;
  let pc: Watched;
  let phone: Watched;
  let phoneContext: BrowserContext;
  let origin: string;
  let url: string;
  let channel: string;

  async function watched(context: BrowserContext): Promise<Watched> {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      // What the browser says of a page that breaks its policy, or of a script that fails.
      if (message.type() === "error" && !message.text().includes("favicon")) complaints.push(message.text());
    });
    return { page, complaints };
  }

  beforeAll(async () => {
    place = await world();
    server = await inspircd();
    home = await place.machine("home");
    await home.init();
    const webPort = home.listen.replace(/\d+$/, (port) => String(Number(port) + 1));
    const ready = await home.start("--http", ":0", "--listen", home.listen, `${webPort}/ws`);
    url = String(ready.url);
    origin = new URL(url).origin;
    const account = await addIrc(home, { ...(await overTls(server)), nick: "alice" });
    channel = await open(home, account, "#talk");
    bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#talk");
    browser = await launchChromium();
    pc = await watched(await browser.newContext());
    phoneContext = await browser.newContext(PHONE);
    phone = await watched(phoneContext);
  });
  afterAll(async () => {
    await browser?.close();
    await bob?.close();
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const messages = (page: Page) => page.locator("article.message .text").allInnerTexts();
  const openChannel = async (page: Page) => page.getByRole("option", { name: "#talk" }).click();

  test("the address of `npm start` lets a browser of the home PC in, once, and does not stay in the address bar", async () => {
    await pc.page.goto(url);
    await pc.page.getByRole("option", { name: "Note to self" }).waitFor();
    expect(pc.page.url()).not.toContain("token");
    const other = await watched(await browser.newContext());
    await other.page.goto(url);
    await other.page.getByText("This link was used or has expired").waitFor();
    await other.page.context().close();
  });

  test("K5: a phone is linked by link and code, as a browser with keys of its own, and its conversations appear", async () => {
    await pc.page.getByRole("link", { name: "Devices" }).click();
    await pc.page.getByRole("button", { name: "Link a new device" }).click();
    const link = await pc.page.getByRole("dialog").locator("code").innerText();
    await phone.page.goto(origin);
    await phone.page.getByLabel("Link", { exact: true }).fill(link);
    await phone.page.getByLabel("Name of this device").fill("My phone");
    await phone.page.getByRole("button", { name: "Link", exact: true }).click();
    const code = await phone.page.locator(".code").innerText();
    expect(await pc.page.locator(".code").innerText()).toBe(code);
    await pc.page.getByRole("button", { name: "Yes, let it in" }).click();
    await phone.page.getByRole("option", { name: "#talk" }).waitFor();
    expect(await home.knows("My phone")).toMatchObject({ class: "browser", state: "admitted" });
  });

  test("a line from IRC appears with the label of the way that it came, and an answer goes out", async () => {
    await openChannel(phone.page);
    bob.say("#talk", "hello phone");
    const bubble = phone.page.locator("article.message", { hasText: "hello phone" });
    await bubble.waitFor();
    expect(await bubble.locator(".label").innerText()).toBe("The server can read this");
    const box = phone.page.getByRole("textbox", { name: /^Message #talk: the server can read this/ });
    await box.fill("hello bob");
    await box.press("Enter");
    await bob.waitFor(/PRIVMSG #talk :hello bob/);
    await phone.page.locator("article.message[data-own]", { hasText: "hello bob" }).getByText("sent", { exact: true }).waitFor();
  });

  test("the facts behind a label open by a tap", async () => {
    await phone.page.locator("article.message", { hasText: "hello phone" }).locator(".label-button").click();
    const sheet = phone.page.getByRole("dialog");
    await sheet.getByText("127.0.0.1", { exact: true }).first().waitFor();
    expect(await sheet.innerText()).toMatch(/TLSv1\.[23]/);
    await sheet.getByRole("button", { name: "Close" }).click();
  });

  test("a line on a plaintext connection says so before it is sent and after", async () => {
    const account = await addIrc(home, { ...inTheClear(server), nick: "alice2" });
    await open(home, account, "#open");
    await phone.page.getByRole("button", { name: "Back" }).click();
    await phone.page.getByRole("option", { name: "#open" }).click();
    await phone.page.getByRole("textbox", { name: /NOT encrypted, anyone on the path can read this/ }).waitFor();
    await phone.page.getByRole("button", { name: "Back" }).click();
  });

  test("text and names from a network are shown as text", async () => {
    await openChannel(phone.page);
    bob.say("#talk", "<img src=x onerror=alert(1)> javascript:alert(1) \u202egnp.exe https://example.org/a?b=<script>");
    const bubble = phone.page.locator("article.message", { hasText: "onerror" });
    await bubble.waitFor();
    expect(await bubble.locator("img").count()).toBe(0);
    expect(await bubble.locator(".text").innerText()).not.toContain("\u202e");
    expect(await bubble.locator("a").evaluateAll((links) => links.map((link) => link.getAttribute("href")))).toEqual([
      "https://example.org/a?b=",
    ]);
    expect(await bubble.locator("a").getAttribute("rel")).toContain("noreferrer");
  });

  test("what came while the tab was closed is there once when it opens again, in order", async () => {
    await phone.page.close();
    for (let i = 0; i < 20; i++) bob.say("#talk", `while away ${i}`);
    await eventually("the home PC has them", async () => {
      const read = await home.rows<{ text: string }>("read", channel, "--limit", "100");
      return read.some(({ text }) => text === "while away 19") || undefined;
    });
    phone = await watched(phoneContext);
    await phone.page.goto(origin);
    await openChannel(phone.page);
    // It opens where reading had stopped.
    await phone.page.locator("article.message", { hasText: "while away 0" }).waitFor();
    await phone.page.getByRole("button", { name: /^To the newest message/ }).click();
    await phone.page.locator("article.message", { hasText: "while away 19" }).waitFor();
    const shown = (await messages(phone.page)).filter((text) => text.startsWith("while away"));
    expect(new Set(shown).size).toBe(shown.length);
    expect(shown.at(-1)).toBe("while away 19");
  });

  test("a second tab follows the first, and takes over when that is closed", async () => {
    const second = await watched(phoneContext);
    await second.page.goto(origin);
    await second.page.getByRole("option", { name: "#talk" }).waitFor();
    await openChannel(second.page);
    await phone.page.close();
    bob.say("#talk", "to the tab that is left");
    await second.page.locator("article.message", { hasText: "to the tab that is left" }).waitFor();
    phone = second;
    expect(second.complaints).toEqual([]);
  });

  test.each(["devices", "bridges", "who", "settings", "settings/recovery", "settings/backup", "settings/vault", "settings/storage"])(
    "the page %s has no serious finding of axe, and nothing breaks the policy",
    async (name) => {
      await pc.page.keyboard.press("Escape");
      await pc.page.goto(`${origin}/#/${name}`);
      await pc.page.getByRole("heading", { level: 1 }).last().waitFor();
      const { violations } = await new AxeBuilder({ page: pc.page }).analyze();
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
      expect(pc.complaints).toEqual([]);
    },
  );

  test("A7: a phone that is frozen gets nothing more", async () => {
    const { device } = (await home.knows("My phone")) as { device: string };
    await home.json("device", "freeze", device);
    bob.say("#talk", "not for the phone");
    await eventually("the home PC has it", async () => {
      const read = await home.rows<{ text: string }>("read", channel, "--limit", "5");
      return read.some(({ text }) => text === "not for the phone") || undefined;
    });
    await phone.page.waitForTimeout(1500);
    expect(await messages(phone.page)).not.toContain("not for the phone");
  });
});
