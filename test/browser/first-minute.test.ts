import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { encodeQR } from "qr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LinkEvent } from "../../src/api/device.ts";
import { type Homeport, type World, world } from "../harness/homeport.ts";
import { chromiumPlace } from "../servers/chromium.ts";
import { requireServer } from "../servers/require-server.ts";

const there = await requireServer("chromium");
const SIDE = 640;

/** A film of one picture, as Chromium takes it for a camera: raw YUV 4:2:0 (https://wiki.multimedia.cx/index.php/YUV4MPEG2). */
function filmOf(text: string): Buffer {
  const cells = encodeQR(text, "raw", { ecc: "low", border: 4 });
  const scale = Math.floor(SIDE / cells.length);
  const light = Buffer.alloc(SIDE * SIDE, 235);
  cells.forEach((line, y) =>
    line.forEach((dark, x) => {
      if (dark)
        for (let row = 0; row < scale; row++)
          light.fill(16, (y * scale + row) * SIDE + x * scale, (y * scale + row) * SIDE + (x + 1) * scale);
    }),
  );
  const frame = Buffer.concat([Buffer.from("FRAME\n"), light, Buffer.alloc((SIDE * SIDE) / 2, 128)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${SIDE} H${SIDE} F10:1 Ip A1:1 C420jpeg\n`), ...Array.from({ length: 10 }, () => frame)]);
}

describe.skipIf(!there.ok)("the first minute", () => {
  let place: World;
  let home: Homeport;
  let url: string;
  let wordsFile: string;

  beforeAll(async () => {
    place = await world();
    home = await place.machine("home");
    wordsFile = place.path("words");
    await home.json("init", "--name", "home", "--recovery-file", wordsFile);
    const webPort = home.listen.replace(/\d+$/, (port) => String(Number(port) + 1));
    url = String((await home.start("--http", ":0", "--listen", home.listen, `${webPort}/ws`)).url);
  });
  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
  });

  test("K5: a phone reads the code with its camera, and both sides show the same short code", async () => {
    const linking = home.stream(["device", "link"]);
    const { link } = await linking.until<LinkEvent & { event: "link" }>("a link", ({ event }) => event === "link");
    const film = place.path("camera.y4m");
    writeFileSync(film, filmOf(link));
    const chosen = await chromiumPlace();
    const args = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`];
    const browser = await chromium.launch({ ...chosen, args: [...chosen.args, ...args] });
    try {
      const page = await (await browser.newContext({ viewport: { width: 390, height: 780 }, permissions: ["camera"] })).newPage();
      const complaints: string[] = [];
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      await page.goto(new URL(url).origin);
      await page.getByRole("button", { name: "Scan the code" }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await page.getByLabel("Link", { exact: true }).inputValue()).toBe(link);
      await page.getByRole("button", { name: "Link", exact: true }).click();
      const { code } = await linking.until<LinkEvent & { event: "code" }>("a code", ({ event }) => event === "code");
      await page.locator(".code", { hasText: code }).waitFor();
      await home.json("device", "confirm", code);
      await page.getByRole("option", { name: "Note to self" }).waitFor();
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  test("a link that was opened as an address fills the form, and does not stay in the address bar", async () => {
    const browser = await chromium.launch(await chromiumPlace());
    try {
      const page = await browser.newPage();
      await page.goto(`${new URL(url).origin}/#homeport:link/1/abcdefgh`);
      await page.getByLabel("Link", { exact: true }).waitFor();
      expect(await page.getByLabel("Link", { exact: true }).inputValue()).toBe("homeport:link/1/abcdefgh");
      expect(page.url()).not.toContain("link");
      await page.getByRole("button", { name: "Link", exact: true }).click();
      await page.getByRole("alert").getByText("The link is damaged").waitFor();
    } finally {
      await browser.close();
    }
  });

  test("A1: the words are checked, and replaced once the new ones were written down, and never leave the page", async () => {
    const words =
      readFileSync(wordsFile, "utf8")
        .match(/\b[a-z]{3,8}\b/g)
        ?.slice(-24)
        .join(" ") ?? "";
    const browser = await chromium.launch(await chromiumPlace());
    try {
      const page = await browser.newPage();
      const sent: string[] = [];
      page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(String(payload))));
      await page.goto(url);
      await page.getByRole("option", { name: "Note to self" }).waitFor();
      await page.goto(`${new URL(url).origin}/#/settings/recovery`);
      await page.getByRole("button", { name: "Check", exact: true }).click();
      const dialog = page.getByRole("alertdialog");
      await dialog.getByRole("textbox").fill(words.replace(/^\w+/, "zoo"));
      await dialog.getByRole("button", { name: "Check", exact: true }).click();
      await dialog.getByRole("alert").waitFor();
      await dialog.getByRole("textbox").fill(words);
      await dialog.getByRole("button", { name: "Check", exact: true }).click();
      await page.getByText("These are the words of your account.").waitFor();
      await page.getByRole("button", { name: "Replace" }).click();
      await dialog.getByRole("textbox").fill(words);
      await dialog.getByRole("button", { name: "Replace" }).click();
      const fresh = await dialog.locator(".words-grid li").allInnerTexts();
      expect(fresh).toHaveLength(24);
      await dialog.getByRole("button", { name: "I have written them down" }).click();
      const have = dialog.getByRole("button", { name: "They hold from now on" });
      expect(await have.isDisabled()).toBe(true);
      for (const label of await dialog.locator("label").allInnerTexts()) {
        const number = Number(/\d+/.exec(label)?.[0]);
        await dialog.getByLabel(label, { exact: true }).fill(fresh[number - 1] ?? "");
      }
      await have.click();
      await page.getByText("The new words hold from now on.").waitFor();
      const { recovery } = await home.json<{ recovery: { epoch: number } }>("account", "show");
      expect(recovery.epoch).toBe(1);
      expect(sent.some((text) => text.includes(words.slice(0, 20)) || text.includes(fresh.slice(0, 3).join(" ")))).toBe(false);
    } finally {
      await browser.close();
    }
  });
});
