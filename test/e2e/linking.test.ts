import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ChatRow } from "../../src/api/chats.ts";
import type { DeviceRow, LinkEvent } from "../../src/api/device.ts";
import { encodeInvitation, parseInvitation } from "../../src/sync/linking/invitation.ts";
import { type CliProcess, type Homeport, link, refusalOf, type World, world } from "../harness/homeport.ts";

type Linking = CliProcess & { text: string; expires: number };

let place: World;
let home: Homeport;
let account: string;
let count = 0;
let phone: Homeport;

beforeAll(async () => {
  place = await world();
  home = await place.machine("home");
  ({ account } = await home.init());
  await home.start();
});
afterAll(() => place[Symbol.asyncDispose]());
beforeEach(async () => {
  count += 1;
  phone = await place.machine(`phone-${count}`);
});
afterEach(() => phone[Symbol.asyncDispose]());

/** A running `device link` with the link that it showed. */
async function sponsoring(...options: string[]): Promise<Linking> {
  const process = home.stream(["device", "link", ...options]);
  const { link: text, expires } = await process.until<LinkEvent & { event: "link" }>("link", ({ event }) => event === "link");
  return Object.assign(process, { text, expires });
}

const codeOf = async (process: CliProcess) =>
  (await process.until<LinkEvent & { event: "code" }>("code", ({ event }) => event === "code")).code;

const nothingIn = (folder: string) => expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);

describe("K5: device link and device join", () => {
  test("with --yes both streams are link, code, linked with the same code, and the join leaves nothing running", async () => {
    const sponsor = await sponsoring("--yes");
    expect(sponsor.expires - Date.now()).toBeGreaterThan(9 * 60_000);
    expect(sponsor.expires - Date.now()).toBeLessThanOrEqual(10 * 60_000);
    const [code, linked] = await phone.rows<Record<string, unknown>>("device", "join", sponsor.text, "--name", "laptop");
    expect((await sponsor.ended).code).toBe(0);
    expect(Object.keys(linked as object).sort()).toEqual(["account", "device", "event"]);
    expect(linked).toMatchObject({ event: "linked", account });
    expect(sponsor.events()).toEqual([
      { event: "link", link: sponsor.text, expires: sponsor.expires },
      code,
      { event: "linked", device: linked?.["device"], name: "laptop" },
    ]);
    expect(code).toEqual({ event: "code", code: expect.stringMatching(/^\d{3} ?\d{3}$|^\w+( \w+){3}$/) });
    expect(await phone.refusal("status")).toMatchObject({ exit: 3, code: "no-daemon" });
  });

  test("without --yes nothing is linked before `device confirm` is given the code of the new device", async () => {
    const sponsor = await sponsoring();
    const joining = phone.stream(["device", "join", sponsor.text, "--name", "confirmed"]);
    const code = await codeOf(joining);
    expect(await codeOf(sponsor)).toBe(code);
    expect((await home.json<DeviceRow[]>("device", "list")).map(({ name }) => name)).not.toContain("confirmed");
    expect(await home.json("device", "confirm", code)).toEqual({ confirmed: true });
    expect((await joining.ended).code).toBe(0);
    expect((await sponsor.ended).code).toBe(0);
    expect(await home.knows("confirmed")).toMatchObject({ state: "admitted", self: false, class: "full" });
  });

  test("a wrong code is refused; after the third nothing is linked and no profile is left", async () => {
    const sponsor = await sponsoring();
    const joining = phone.stream(["device", "join", sponsor.text]);
    const code = await codeOf(joining);
    const wrong = code.startsWith("0") ? code.replace("0", "1") : code.replace(/^./, "0");
    for (let i = 0; i < 3; i++) expect(await home.refusal("device", "confirm", wrong)).toMatchObject({ exit: 1, code: "wrong-code" });
    expect(refusalOf(await sponsor.ended, "device link")).toMatchObject({ exit: 1, code: "wrong-code" });
    expect(refusalOf(await joining.ended, "device join").exit).toBe(1);
    nothingIn(phone.data);
    expect(await home.refusal("device", "confirm", code)).toMatchObject({ exit: 1, code: "not-found" });
  });

  test("a used link is refused, and makes nothing", async () => {
    const sponsor = await sponsoring("--yes");
    await phone.rows("device", "join", sponsor.text);
    await sponsor.ended;
    const late = await place.machine(`late-${count}`);
    expect(await late.refusal("device", "join", sponsor.text)).toMatchObject({ exit: 1, code: "wrong-link" });
    nothingIn(late.data);
  });

  test("a link with another secret is refused, tells nothing, and leaves the right one usable", async () => {
    const sponsor = await sponsoring("--yes");
    const invitation = parseInvitation(sponsor.text);
    const forged = encodeInvitation({ ...invitation, secret: invitation.secret.map((byte) => byte ^ 1) });
    const refused = await phone.refusal("device", "join", forged);
    expect(refused).toMatchObject({ exit: 1, code: "wrong-link", stdout: "" });
    expect(refused.message).not.toContain(account);
    nothingIn(phone.data);
    await phone.rows("device", "join", sponsor.text);
    expect((await sponsor.ended).code).toBe(0);
  });

  test("a link that was taken back is refused like one that never was", async () => {
    const sponsor = await sponsoring("--yes");
    sponsor.signal("SIGINT");
    expect((await sponsor.ended).code).not.toBe(0);
    expect(await phone.refusal("device", "join", sponsor.text)).toMatchObject({ exit: 1, code: "wrong-link" });
    nothingIn(phone.data);
  });

  test("an expired link is refused without asking anyone", async () => {
    const sponsor = await sponsoring("--yes");
    const expired = encodeInvitation({ ...parseInvitation(sponsor.text), expires: Date.now() - 1 });
    await sponsor.stop();
    const refused = await phone.refusal("device", "join", expired);
    expect(refused).toMatchObject({ exit: 1, code: "wrong-link", message: expect.stringContaining("expired") });
  });

  test("a damaged link, and what is none, is refused as `wrong-link`", async () => {
    const sponsor = await sponsoring("--yes");
    const changed = `${sponsor.text.slice(0, 40)}${sponsor.text[40] === "a" ? "b" : "a"}${sponsor.text.slice(41)}`;
    for (const text of [sponsor.text.slice(0, -7), changed, "https://example.org/invite", " "]) {
      expect(await phone.refusal("device", "join", text)).toMatchObject({ exit: 1, code: "wrong-link" });
    }
    nothingIn(phone.data);
    await sponsor.stop();
  });

  test("a sponsor that cannot be reached is said so", async () => {
    const sponsor = await sponsoring("--yes");
    const elsewhere = encodeInvitation({ ...parseInvitation(sponsor.text), addresses: ["/ip4/127.0.0.1/tcp/1"] });
    await sponsor.stop();
    expect(await phone.refusal("device", "join", elsewhere)).toMatchObject({ exit: 1, code: "unreachable" });
    nothingIn(phone.data);
  });

  test("joining into a folder that has a profile is refused, and the profile stays", async () => {
    const made = await phone.init();
    const sponsor = await sponsoring("--yes");
    expect(await phone.refusal("device", "join", sponsor.text)).toMatchObject({ exit: 1, code: "exists" });
    await sponsor.stop();
    expect(await phone.start()).toMatchObject({ account: made.account, device: made.device });
  });

  test("a join that nobody confirms ends with exit 4 at its --timeout, and leaves nothing", async () => {
    const sponsor = await sponsoring();
    const joining = phone.stream(["device", "join", sponsor.text, "--timeout", "3"]);
    await codeOf(joining);
    expect(refusalOf(await joining.ended, "device join")).toMatchObject({ exit: 4, code: "timed-out" });
    nothingIn(phone.data);
    await sponsor.ended;
  });

  test("`device link` ends with exit 4 at its --timeout", async () => {
    const sponsor = await sponsoring("--timeout", "2");
    expect(refusalOf(await sponsor.ended, "device link")).toMatchObject({ exit: 4, code: "timed-out" });
  });
});

describe("K1: the linked device", () => {
  test("has keys of its own: another device id, another PeerId, another key file", async () => {
    const sponsor = await home.json<{ device: string; addresses: string[] }>("status");
    const { device } = await link(home, phone);
    const joined = await phone.start();
    expect(joined.device).toBe(device);
    expect(joined.account).toBe(account);
    expect(joined.device).not.toBe(sponsor.device);
    const peerIds = [joined.addresses, sponsor.addresses].map((addresses) => /\/p2p\/(\w+)/.exec(addresses[0] ?? "")?.[1]);
    expect(peerIds[0]).toMatch(/^12D3/);
    expect(peerIds[0]).not.toBe(peerIds[1]);
    expect(readFileSync(join(phone.data, "vault.key"))).not.toEqual(readFileSync(join(home.data, "vault.key")));
  });

  test("shares the person's own conversation from then on, in both directions", async () => {
    await link(home, phone);
    await phone.start();
    await phone.untilConnected(home);
    const [fromHome, fromPhone] = [await home.watch(), await phone.watch()];
    const self = async (device: Homeport) => (await device.json<ChatRow[]>("chats")).find(({ kind }) => kind === "self");
    expect((await self(phone))?.conversation).toBe((await self(home))?.conversation);
    await home.json("send", "Note to self", `from home ${count}`);
    await phone.json("send", "Note to self", `from phone ${count}`);
    for (const stream of [fromHome, fromPhone]) {
      for (const text of [`from home ${count}`, `from phone ${count}`]) {
        const { message } = await stream.until<{ message?: Record<string, unknown> }>(text, (event) => event.message?.["text"] === text);
        expect(message).toMatchObject({ label: "e2ee-device", facts: { e2ee: "homeport", peer: "self" }, from: { self: true } });
      }
    }
  });

  test("gets what was written while it was away", async () => {
    await link(home, phone);
    const texts = Array.from({ length: 12 }, (_, i) => `while you were away ${count}.${i}`);
    for (const text of texts) await home.json("send", "Note to self", text);
    await phone.start();
    await phone.untilConnected(home);
    const stream = await phone.watch({ after: "c0" });
    for (const text of texts) await stream.until(text, (event: { message?: { text: string } }) => event.message?.text === text);
  });

  test("can let in a third device, which then reaches the first", async () => {
    await link(home, phone);
    await phone.start();
    await phone.untilConnected(home);
    const tablet = await place.machine(`tablet-${count}`);
    await link(phone, tablet);
    await tablet.start();
    await tablet.untilConnected(home);
    expect(await home.knows(tablet.name)).toMatchObject({ state: "admitted" });
    await tablet.stop();
  });
});
