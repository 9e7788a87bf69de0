import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Status } from "../../src/api/status.ts";
import type { LinkEvent } from "../../src/api/device.ts";
import { eventually, link } from "../harness/homeport.ts";
import { launchChromium } from "../servers/chromium.ts";
import { freePorts } from "../servers/ports.ts";
import { requireServer } from "../servers/require-server.ts";
import { type Home, linkBrowser, startHome, type Watched, watched } from "./rig.ts";

const there = await requireServer("bwrap", "chromium");

describe.skipIf(!there.ok)("ways home", () => {
  let home: Home;
  let browser: Browser;
  let phone: Watched;
  let udp: string;

  const via = async (): Promise<string | undefined> => (await home.home.json<Status>("status")).peers[0]?.via;
  const hears = async (text: string) => {
    await home.home.json("send", "Note to self", text);
    await phone.page.locator("article.message", { hasText: text }).waitFor();
  };

  beforeAll(async () => {
    udp = String((await freePorts(1))[0]);
    home = await startHome();
    await home.home.stop();
    await home.start("--webrtc", udp);
    browser = await launchChromium();
    phone = await watched(await browser.newContext());
    await linkBrowser(home, phone);
    await phone.page.getByRole("option", { name: "Note to self" }).click();
  });
  afterAll(async () => {
    await browser?.close();
    await home?.[Symbol.asyncDispose]();
  });

  test("WebSocket where it is there", async () => {
    await hears("nearby");
    expect(await via()).toBe("ws");
  });

  test("webrtc-direct by the pinned certificate where no WebSocket answers, also after a restart of the node", async () => {
    const { port } = new URL(home.origin);
    const withoutWebSocket = () => home.home.start("--http", `:${port}`, "--listen", home.home.listen, "--webrtc", udp);
    for (const round of ["first", "second"]) {
      await home.home.stop();
      await withoutWebSocket();
      expect(await eventually("the phone is back", via)).toBe("webrtc-direct");
      await hears(`${round} over webrtc-direct`);
    }
    await phone.page.getByRole("textbox", { name: /^Message / }).fill("and back");
    await phone.page.keyboard.press("Enter");
    await eventually("the note is at home", async () => {
      const read = await home.home.rows<{ text: string }>("read", "Note to self");
      return read.some(({ text }) => text === "and back") || undefined;
    });
    expect(phone.complaints.filter((text) => !text.includes("WebSocket"))).toEqual([]);
  });
});

describe.skipIf(!there.ok)("a relay of one's own", () => {
  test("carries a phone to a home that it cannot reach", async () => {
    await using rig = await startHome();
    const { home, place } = rig;
    const relay = await place.machine("relay");
    await link(home, relay);
    const relayReady = await relay.start(
      "--relay",
      "--listen",
      relay.listen,
      relay.listen.replace(/\d+$/, (port) => `${Number(port) + 1}/ws`),
    );
    const through = relayReady.addresses.find((address) => !address.includes("/ws/")) ?? "";
    const browser = await launchChromium();
    try {
      const phone = await watched(await browser.newContext());
      // Linked at the relay, so that it never had an address of home but those that home tells.
      const http = `:${new URL(rig.origin).port}`;
      await home.stop();
      await home.start("--http", http, "--listen", home.listen, "--relay-at", through);
      const sponsoring = relay.stream(["device", "link", "--yes"]);
      const { link: text } = await sponsoring.until<LinkEvent & { event: "link" }>("link", ({ event }) => event === "link");
      await phone.page.goto(rig.origin);
      await phone.page.getByLabel("Link", { exact: true }).fill(text);
      await phone.page.getByLabel("Name of this device").fill("My phone");
      await phone.page.getByRole("button", { name: "Link", exact: true }).click();
      await phone.page.getByRole("option", { name: "Note to self" }).waitFor();
      await eventually("the phone is at home", async () => {
        const { peers } = await home.json<Status>("status");
        return peers.some(({ via }) => via === "relay") || undefined;
      });
      await relay.json("status");
    } finally {
      await browser.close();
    }
  });
});
