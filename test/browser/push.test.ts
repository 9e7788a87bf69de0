import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addIrc, open, overTls } from "../e2e/irc.ts";
import { eventually } from "../harness/homeport.ts";
import { certificates } from "../servers/certs.ts";
import { launchChromium } from "../servers/chromium.ts";
import { type Inspircd, inspircd } from "../servers/inspircd.ts";
import { type IrcPeer, ircPeer } from "../servers/irc-peer.ts";
import { requireServer } from "../servers/require-server.ts";
import { PushService } from "./push-service.ts";
import { type Home, linkBrowser, startHome, watched } from "./rig.ts";
import { tabClient } from "./tab-client.ts";

const there = await requireServer("irc", "bwrap", "chromium");

interface Shown {
  title: string;
  body: string;
  tag: string;
  data: unknown;
}

const SHOWN = `navigator.serviceWorker.ready.then((registration) => registration.getNotifications())
  .then((all) => all.map(({ title, body, tag, data }) => ({ title, body, tag, data })))`;

describe.skipIf(!there.ok)("a browser that is told of messages", () => {
  let service: PushService;
  let home: Home;
  let server: Inspircd;
  let bob: IrcPeer;
  let browser: Browser;
  let context: BrowserContext;
  let phone: Page;
  let channel: string;

  beforeAll(async () => {
    const { caFile, server: leaf } = await certificates();
    service = new PushService({ key: readFileSync(leaf.key), cert: readFileSync(leaf.certificate) });
    await service.listen();
    server = await inspircd();
    home = await startHome({ NODE_EXTRA_CA_CERTS: caFile, HOMEPORT_PUSH_ANYWHERE: "1" });
    const account = await addIrc(home.home, { ...(await overTls(server)), nick: "alice" });
    channel = await open(home.home, account, "#talk");
    bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#talk");
    browser = await launchChromium();
    context = await browser.newContext();
    await context.grantPermissions(["notifications"], { origin: home.origin });
    const watching = await watched(context);
    phone = watching.page;
    await linkBrowser(home, watching);
  });
  afterAll(async () => {
    await browser?.close();
    await bob?.close();
    await home?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
  });

  const said = (text: string) =>
    eventually(`the home PC has "${text}"`, async () => {
      const rows = await home.home.rows<{ text: string }>("read", channel, "--limit", "5");
      return rows.some((row) => row.text === text) || undefined;
    });
  /** Until the home PC has all that the browser wrote. */
  const untilHomeHas = async (client: Page) => {
    const { storage } = await client.evaluate<{ storage: { entries: number } }>("device.call('status', {})");
    await expect
      .poll(async () => (await home.home.json<{ storage: { entries: number } }>("status")).storage.entries, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(storage.entries);
  };

  test("a page in the background tells of a message with its label, and of its content only where the person says so", async () => {
    await phone.evaluate("localStorage.setItem('homeport-notifications', 'all,hidden')");
    // Another page of the same window is looked at, and Chromium without a screen shows each page as visible.
    await phone.evaluate("document.hasFocus = () => false; dispatchEvent(new Event('blur'))");
    bob.say("#talk", "a secret for alice");
    await expect
      .poll(() => phone.evaluate<Shown[]>(SHOWN), { timeout: 20_000 })
      .toEqual([{ title: "#talk", body: "[The server can read this] New message", tag: channel, data: { conversation: channel } }]);
    await phone.evaluate("localStorage.setItem('homeport-notifications', 'all,content')");
    bob.say("#talk", "\u202eand [this] one");
    await expect
      .poll(async () => (await phone.evaluate<Shown[]>(SHOWN))[0]?.body, { timeout: 20_000 })
      .toBe("[The server can read this] bob: \ufffdand [this] one");
    await phone.evaluate("localStorage.setItem('homeport-notifications', 'direct,content')");
    bob.say("#talk", "nobody is named here");
    bob.say("#talk", "alice: are you there?");
    await expect.poll(async () => (await phone.evaluate<Shown[]>(SHOWN))[0]?.body, { timeout: 20_000 }).toContain("are you there?");
    expect((await phone.evaluate<Shown[]>(SHOWN)).length).toBe(1);
  });

  test("RFC 8030, 8291, 8292: a browser that is away gets one push, which says nothing but to sync", async () => {
    const client = await context.newPage();
    await tabClient(client, home.origin);
    const { key, by } = await client.evaluate<{ key: string; by: string }>("device.call('push.show', {})");
    expect(by).toBe(home.home.device);
    const subscription = JSON.stringify({ ...service.subscription(), key });
    const { devices } = await client.evaluate<{ devices: { host: string }[] }>(`device.call('push.subscribe', ${subscription})`);
    expect(devices.map(({ host }) => host)).toEqual([expect.stringMatching(/^localhost:/)]);
    await untilHomeHas(client);
    await client.close();
    bob.say("#talk", "while it is here");
    await said("while it is here");
    await phone.waitForTimeout(2500);
    expect(service.received, "no push to who is connected").toEqual([]);
    await phone.close();

    service.answers.push({ status: 503, headers: { "retry-after": "1" } });
    bob.say("#talk", "wake up");
    bob.say("#talk", "really");
    await expect.poll(() => service.received.length, { timeout: 30_000 }).toBe(1);
    expect(service.faults).toEqual([]);
    const [push] = service.received;
    expect(push?.text).toBe("sync now");
    expect(push?.key).toBe(key);
    expect(push?.headers).toMatchObject({ ttl: "86400", urgency: "high", topic: "sync", "content-encoding": "aes128gcm" });
    expect(push?.claims.aud).toMatch(/^https:\/\/localhost:\d+$/);
    expect(push?.claims.exp).toBeLessThanOrEqual(Date.now() / 1000 + 24 * 3600);
    bob.say("#talk", "and again, right after");
    await said("and again, right after");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(service.received.length, "who was told and did not come is not told for each message").toBe(1);
  });

  test("a push into the real service worker, with no page there, shows that there is something and no more", async () => {
    const blank = await context.newPage();
    const pages = await context.newCDPSession(blank);
    const origins = new Map<string, string>();
    pages.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      for (const { registrationId, scopeURL } of registrations) origins.set(new URL(scopeURL).origin, registrationId);
    });
    await pages.send("ServiceWorker.enable");
    await expect.poll(() => origins.get(home.origin)).toBeDefined();
    await pages.send("ServiceWorker.deliverPushMessage", {
      origin: home.origin,
      registrationId: origins.get(home.origin) as string,
      data: "sync now",
    });
    phone = blank;
    await phone.waitForTimeout(1500);
    await phone.goto(`${home.origin}/hashes.json`);
    const shown = await phone.evaluate<Shown[]>(SHOWN);
    expect(shown.filter(({ tag }) => tag === "homeport-sync")).toEqual([
      { title: "Homeport", body: "There are new messages on your devices. Open Homeport to fetch them.", tag: "homeport-sync", data: null },
    ]);
  });

  test("a push that finds a page there lets it sync and tells nothing twice", async () => {
    await phone.goto(home.origin);
    await phone.getByRole("option", { name: "#talk" }).waitFor();
    await phone.evaluate(`${SHOWN.replace(/\.then\(\(all\).*/s, "")}.then((all) => all.forEach((one) => one.close()))`);
    const session = await context.newCDPSession(phone);
    const found = Promise.withResolvers<string>();
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => new URL(scopeURL).origin === home.origin);
      if (own) found.resolve(own.registrationId);
    });
    await session.send("ServiceWorker.enable");
    await session.send("ServiceWorker.deliverPushMessage", { origin: home.origin, registrationId: await found.promise, data: "sync now" });
    await phone.waitForTimeout(4000);
    expect(await phone.evaluate<Shown[]>(SHOWN)).toEqual([]);
  });

  test("RFC 8030 § 7.3: a subscription that is gone is forgotten on all devices", async () => {
    const client = await context.newPage();
    await tabClient(client, home.origin);
    await client.close();
    await phone.close();
    service.answers.push({ status: 410 });
    bob.say("#talk", "nobody is there any more");
    await expect.poll(() => service.answers.length, { timeout: 30_000 }).toBe(0);
    const page = await context.newPage();
    await page.goto(home.origin);
    await page.getByRole("option", { name: "#talk" }).waitFor();
    const again = await context.newPage();
    await tabClient(again, home.origin);
    await expect
      .poll(() => again.evaluate<unknown[]>("device.call('push.show', {}).then(({ devices }) => devices)"), { timeout: 20_000 })
      .toEqual([]);
  });
});
