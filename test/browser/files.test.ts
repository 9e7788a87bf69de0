import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../servers/chromium.ts";
import { requireServer } from "../servers/require-server.ts";
import { eventually } from "../harness/homeport.ts";
import { type Home, linkBrowser, startHome, watched } from "./rig.ts";
import { tabClient } from "./tab-client.ts";

const there = await requireServer("chromium");
const SIZE = 3_000_000;

describe.skipIf(!there.ok)("files of a browser device", () => {
  let home: Home;
  let browser: Browser;
  let tab: Page;
  let self: string;

  beforeAll(async () => {
    home = await startHome();
    browser = await launchChromium();
    const context = await browser.newContext();
    await linkBrowser(home, await watched(context));
    tab = await context.newPage();
    await tabClient(tab, home.origin);
    const [chat] = await home.home.json<{ conversation: string }[]>("chats");
    self = String(chat?.conversation);
  });
  afterAll(async () => {
    await browser?.close();
    await home?.[Symbol.asyncDispose]();
  });

  test("a file that a page gives, in another tab than the one that holds the device, is on the home PC byte by byte", async () => {
    const sent = await tab.evaluate<{ hash: string; file: string; progress: number[] }>(`(async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(65536));
      const blob = new Blob(Array.from({ length: ${Math.ceil(SIZE / 65536)} }, () => bytes));
      const progress = [];
      const files = [{ name: "from the phone.bin", mime: "application/octet-stream", size: blob.size }];
      const { files: [row] } = await device.call("file.send", { conversation: "${self}", text: "here it is", files }, (event) => {
        if (event.event === "upload") device.upload(event.ticket, blob);
        else progress.push(event.bytes);
      });
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
      return { hash: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""), file: row.file, progress };
    })()`);
    await eventually("the home PC knows it", async () =>
      (await home.home.json<{ file: string }[]>("file", "list")).find(({ file }) => file === sent.file),
    );
    const path = home.place.path("got.bin");
    await home.home.rows("file", "get", sent.file, "--to", path);
    expect(sha256(readFileSync(path))).toBe(sent.hash);
  });

  test("a file of the home PC is fetched and given to the page", async () => {
    const path = home.place.path("large.bin");
    writeFileSync(path, randomBytes(SIZE));
    const { files } = await home.home.json<{ files: { file: string }[] }>("file", "send", self, path);
    const file = String(files[0]?.file);
    const hash = await tab.evaluate<string>(`(async () => {
      const wait = () => new Promise((done) => setTimeout(done, 200));
      let row;
      while (!row) { row = await device.call("file.fetch", { file: "${file}" }).catch(() => undefined); await wait(); }
      if (row.state !== "here") await device.call("file.wait", { file: "${file}" });
      let blob;
      await device.call("file.open", { file: "${file}" }, ({ ticket }) => { blob = device.download(ticket); });
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await (await blob).arrayBuffer()));
      return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    })()`);
    expect(hash).toBe(sha256(readFileSync(path)));
  });

  test("an upload that is cancelled leaves no message and no bytes", async () => {
    const code = await tab.evaluate<string>(`(async () => {
      const blob = new Blob([new Uint8Array(64 << 20)]);
      const files = [{ name: "never.bin", mime: "application/octet-stream", size: blob.size }];
      return device.call("file.send", { conversation: "${self}", text: "", files }, (event) => {
        if (event.event === "upload") device.upload(event.ticket, blob);
        else device.cancel();
      }).then(() => "sent", ({ message }) => message.split(":")[0]);
    })()`);
    expect(code).toBe("cancelled");
    const rows = await tab.evaluate<{ name: string }[]>("device.call('file.list', {})");
    expect(rows.map(({ name }) => name)).not.toContain("never.bin");
    await expect
      .poll(
        () =>
          tab.evaluate<string[]>(`(async () => {
        const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("homeport-files");
        return (await Array.fromAsync(folder.keys())).filter((name) => name.startsWith("new-"));
      })()`),
        { timeout: 10_000 },
      )
      .toEqual([]);
  });
});

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
