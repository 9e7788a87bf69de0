import { setTimeout as sleep } from "node:timers/promises";
import { addIrc, open, overTls } from "../test/e2e/irc.ts";
import { world } from "../test/harness/homeport.ts";
import { launchChromium } from "../test/servers/chromium.ts";
import { inspircd } from "../test/servers/inspircd.ts";
import { ircPeer } from "../test/servers/irc-peer.ts";
import { linkBrowser, watched } from "../test/browser/rig.ts";
import { percentile, type Result, summarise } from "./result.ts";

const LINES = Number(process.env["HOMEPORT_BENCH_ENTRIES"] ?? 200);
const PAUSE_MS = 60;

/** In the page: when each line was painted, by the wall clock that both sides share. */
const WATCH = `
  window.painted = new Map();
  const known = new Set();
  new MutationObserver(() => {
    for (const text of document.querySelectorAll("article.message .text")) {
      const words = text.textContent;
      if (known.has(words)) continue;
      known.add(words);
      requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => window.painted.set(words, Date.now()); c.port2.postMessage(0); });
    }
  }).observe(document.body, { childList: true, subtree: true });
`;

/** Milliseconds from a line that somebody says on IRC until it is painted on a linked phone: server, bridge, home, phone, page. */
export async function bench(): Promise<Result> {
  await using place = await world();
  await using server = await inspircd({ flood: "none" });
  const home = await place.machine("home");
  await home.init();
  const webPort = home.listen.replace(/\d+$/, (port) => String(Number(port) + 1));
  const { url } = await home.start("--http", ":0", "--listen", home.listen, `${webPort}/ws`);
  await open(home, await addIrc(home, { ...(await overTls(server)), nick: "alice" }), "#line");
  await using bob = await ircPeer({ port: server.port, nick: "bob" });
  await bob.join("#line");
  const browser = await launchChromium();
  try {
    const phone = await watched(await browser.newContext({ viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }));
    await linkBrowser({ home, origin: new URL(String(url)).origin } as Parameters<typeof linkBrowser>[0], phone);
    await phone.page.getByRole("option", { name: "#line" }).click();
    await phone.page.locator(".composer textarea").waitFor();
    await phone.page.evaluate(WATCH);
    const said = new Map<string, number>();
    for (let n = 0; n < LINES; n++) {
      said.set(`line ${n}`, Date.now());
      bob.say("#line", `line ${n}`);
      await sleep(PAUSE_MS);
    }
    await sleep(2000);
    const painted = new Map(await phone.page.evaluate<[string, number][]>("[...window.painted]"));
    const took = [...said].map(([words, at]) => (painted.get(words) ?? Number.POSITIVE_INFINITY) - at);
    return { name: "app-line", unit: "ms (p50)", ...summarise(took), lines: LINES, p99: percentile(took, 0.99), peers: {} };
  } finally {
    await browser.close();
  }
}
