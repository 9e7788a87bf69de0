import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeviceRow } from "../../src/api/device.ts";
import { launchChromium } from "../servers/chromium.ts";
import { requireServer } from "../servers/require-server.ts";
import { type Home, linkBrowser, startHome, watched } from "./rig.ts";

const there = await requireServer("chromium");

/** As a linking leaves it that was cut between the consent and the account: keys, and no database. */
const CUT = `(async () => {
  const database = await new Promise((resolve) => {
    const opening = indexedDB.open("homeport-keys");
    opening.onsuccess = () => resolve(opening.result);
  });
  await new Promise((resolve) => {
    const store = database.transaction("keys", "readwrite").objectStore("keys");
    const asking = store.get("device");
    asking.onsuccess = () => { store.put({ ...asking.result, joining: true }, "device").onsuccess = resolve; };
  });
  database.close();
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
})()`;

describe.skipIf(!there.ok)("a linking that was cut", () => {
  let home: Home;
  let browser: Browser;
  beforeAll(async () => {
    home = await startHome();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await home?.[Symbol.asyncDispose]();
  });

  test("after the other side let the browser in goes on with another link, as the same device", async () => {
    const context = await browser.newContext();
    const first = await watched(context);
    await linkBrowser(home, first);
    const before = await home.home.knows("My phone");
    // A page of the origin that starts no device.
    await first.page.goto(`${home.origin}/hashes.json`);
    await first.page.evaluate(CUT);
    const second = await watched(context);
    await first.page.close();
    await linkBrowser(home, second, "My phone again");
    const devices = await home.home.json<DeviceRow[]>("device", "list");
    expect(devices.filter((row) => row.class === "browser").map(({ device }) => device)).toEqual([before?.device]);
    await second.page.reload();
    await second.page.getByRole("option", { name: "Note to self" }).waitFor();
    expect(second.complaints).toEqual([]);
  });
});
