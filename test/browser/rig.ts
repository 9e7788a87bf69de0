import type { BrowserContext, Page } from "playwright-core";
import { type Homeport, type World, world } from "../harness/homeport.ts";
import type { LinkEvent } from "../../src/api/device.ts";

/** A page and everything that it complained about. */
export interface Watched {
  page: Page;
  complaints: string[];
}

export async function watched(context: BrowserContext): Promise<Watched> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("favicon")) complaints.push(message.text());
  });
  return { page, complaints };
}

/** A home device that serves the app and takes browsers, without networks. */
export interface Home extends AsyncDisposable {
  place: World;
  home: Homeport;
  origin: string;
  /** Starts it again where it was. */
  start(...options: string[]): Promise<void>;
}

export async function startHome(env: Record<string, string> = {}): Promise<Home> {
  const place = await world();
  const home = await place.machine("home");
  home.env = env;
  await home.init();
  const webPort = home.listen.replace(/\d+$/, (port) => String(Number(port) + 1));
  let origin = "";
  const start = async (...options: string[]) => {
    const http = origin === "" ? ":0" : `:${new URL(origin).port}`;
    const { url } = await home.start("--http", http, "--listen", home.listen, `${webPort}/ws`, ...options);
    origin = new URL(String(url)).origin;
  };
  await start();
  return {
    ...{ place, home, start },
    get origin() {
      return origin;
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

/** Makes a browser a device of the account, through its page. */
export async function linkBrowser({ home, origin }: Home, { page }: Watched, name = "My phone"): Promise<void> {
  const sponsoring = home.stream(["device", "link", "--yes"]);
  const { link } = await sponsoring.until<LinkEvent & { event: "link" }>("link", ({ event }) => event === "link");
  await page.goto(origin);
  await page.getByLabel("Link", { exact: true }).fill(link);
  await page.getByLabel("Name of this device").fill(name);
  await page.getByRole("button", { name: "Link", exact: true }).click();
  await page.getByRole("option", { name: "Note to self" }).waitFor();
  await sponsoring.ended;
}
