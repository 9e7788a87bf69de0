import type { Browser } from "playwright-core";
import { addIrc, inTheClear, open, overTls } from "../../test/e2e/irc.ts";
import { type Homeport, world } from "../../test/harness/homeport.ts";
import { launchChromium } from "../../test/servers/chromium.ts";
import { type Inspircd, inspircd } from "../../test/servers/inspircd.ts";
import { type IrcPeer, ircPeer } from "../../test/servers/irc-peer.ts";

/** A home node with two networks that people talk on, as a guide would show it. */
export interface Place extends AsyncDisposable {
  home: Homeport;
  browser: Browser;
  server: Inspircd;
  /** One-time address of the node's app. */
  url: string;
}

const TALK: [string, string][] = [
  ["marta", "The 17:40 from Altona is cancelled again. Anyone else stuck?"],
  ["jonas", "Same here. The replacement bus leaves from the south exit."],
  ["marta", "Thanks! That saves me an hour."],
  ["lin", "Photos of the new workbench are on https://makers.example.org/bench"],
  ["jonas", "Looks solid. Is the vise the one from the flea market?"],
  ["lin", "It is. Forty years old and better than anything new."],
];

export async function place(): Promise<Place> {
  const around = await world();
  const server = await inspircd();
  const home = await around.machine("home");
  await home.json("init", "--no-recovery", "--name", "Home PC");
  const webPort = home.listen.replace(/\d+$/, (port) => String(Number(port) + 1));
  const ready = await home.start("--http", ":0", "--listen", home.listen, `${webPort}/ws`);
  const peers = await talk(home, server);
  const browser = await launchChromium();
  return {
    ...{ home, browser, server, url: String(ready.url) },
    async [Symbol.asyncDispose]() {
      await browser.close();
      for (const peer of peers) await peer.close();
      await around[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function talk(home: Homeport, server: Inspircd): Promise<IrcPeer[]> {
  const account = await addIrc(home, { ...(await overTls(server)), nick: "alice" });
  const city = await open(home, account, "#hamburg");
  await open(home, account, "#makers");
  const clear = await addIrc(home, { ...inTheClear(server), nick: "alice-old" });
  await open(home, clear, "#retro");
  const peers = new Map<string, IrcPeer>();
  for (const nick of ["marta", "jonas", "lin"]) {
    const peer = await ircPeer({ port: server.port, nick });
    for (const channel of ["#hamburg", "#makers", "#retro"]) await peer.join(channel);
    peers.set(nick, peer);
  }
  for (const [nick, text] of TALK) {
    peers.get(nick)?.say(text.includes("bench") || text.includes("vise") || text.includes("Forty") ? "#makers" : "#hamburg", text);
    await pause(120);
  }
  await home.json("send", city, "Walking over to the bus now, see you there.", "--wait");
  peers.get("jonas")?.say("#retro", "The demo disks still boot. Who has a working drive for the big ones?");
  peers.get("lin")?.say("alice", "Do you still have the spare drill bits?");
  await pause(500);
  return [...peers.values()];
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A second device, by the way that people go: link, code, yes. It stays open and so is shown as connected. */
export async function linkPhone({ home, browser, url }: Place): Promise<void> {
  const linking = home.stream(["device", "link", "--yes"]);
  const { link } = await linking.until<{ event: string; link: string }>("a link", ({ event }) => event === "link");
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true });
  const page = await context.newPage();
  await page.goto(`${new URL(url).origin}/#${link}`);
  await page.getByLabel("Name of this device").fill("Android phone");
  await page.getByRole("button", { name: "Link", exact: true }).click();
  await page.getByRole("option", { name: "#hamburg" }).waitFor();
}
