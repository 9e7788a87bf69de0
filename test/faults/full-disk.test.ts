import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckRow, Status } from "../../src/api/status.ts";
import { addIrc, heard, history, open, overTls, untilBridge } from "../e2e/irc.ts";
import { type CliProcess, eventually, type Homeport, link, refusalOf, type World, world } from "../harness/homeport.ts";
import { type Inspircd, inspircd } from "../servers/inspircd.ts";
import { type IrcPeer, ircPeer } from "../servers/irc-peer.ts";
import { isRoot } from "../servers/folders.ts";
import { requireServer } from "../servers/require-server.ts";
import { SmallDisk } from "./tmpfs.ts";

const irc = await requireServer("irc", "bwrap");
const isCi = !["", "0", "false"].includes(process.env["CI"] ?? "");
if (!isRoot) console.warn("SKIPPED without CI: only root can mount the small disk that these tests fill");
const MEGABYTES = 8;

describe.skipIf(!irc.ok || (!isRoot && !isCi))("a full disk at home", () => {
  let place: World;
  let disk: SmallDisk;
  let home: Homeport;
  let phone: Homeport;
  let server: Inspircd;
  let bob: IrcPeer;
  let account: string;
  let channel: string;
  let onPhone: CliProcess;
  /** Texts that a command said were stored. */
  const confirmed: string[] = [];

  beforeAll(async () => {
    place = await world();
    disk = place.use(new SmallDisk(place.path("disk"), MEGABYTES));
    server = await inspircd();
    home = await place.machine("home", join(disk.folder, "home"));
    phone = await place.machine("phone");
    await home.init();
    await home.start();
    await link(home, phone);
    await phone.start();
    await phone.untilConnected(home);
    account = await addIrc(home, { ...(await overTls(server)), nick: "alice" });
    channel = await open(home, account, "#full");
    bob = await ircPeer({ port: server.port, nick: "bob" });
    await bob.join("#full");
    onPhone = await phone.watch();
  });
  afterAll(async () => {
    await bob?.close();
    await place?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const notes = async (device: Homeport) =>
    (await device.rows<{ text: string }>("read", "Note to self", "--limit", "1000")).map(({ text }) => text);

  /** Writes notes until one is refused. */
  const writeUntilFull = async () => {
    for (let n = 0; n < 500; n++) {
      const text = `note ${confirmed.length} ${"x".repeat(60_000)}`;
      const ended = await home.run(["send", "Note to self", "-"], { input: text });
      if (ended.code !== 0) return refusalOf(ended, "send");
      confirmed.push(text);
    }
    throw new Error("the disk does not fill");
  };

  test("what no longer fits is refused as `disk-full`, with what to do", { timeout: 300_000 }, async () => {
    disk.fill(400_000);
    expect(await writeUntilFull()).toMatchObject({ exit: 1, code: "disk-full", message: expect.stringMatching(/space/i), stdout: "" });
    expect(confirmed.length).toBeGreaterThan(0);
    disk.fill();
  });

  test("reading goes on: status, chats, read, and doctor says what is wrong", async () => {
    expect((await home.json<Status>("status")).storage.entries).toBeGreaterThan(0);
    expect(await notes(home)).toEqual(confirmed);
    expect(await home.json("chats")).toHaveLength(2);
    const checks = await home.json<CheckRow[]>("doctor");
    expect(checks.find(({ check }) => check === "disk")).toMatchObject({ ok: false, fix: expect.stringMatching(/space/i) });
    expect(home.isRunning).toBe(true);
  });

  test("what IRC says meanwhile, and what the phone sends, is not lost: it comes when there is space", async () => {
    bob.say("#full", "said while the disk was full");
    const { id } = await phone.json<{ id: string }>("send", channel, "sent while the disk was full");
    const fromPhone = await phone.json<{ id: string }>("send", "Note to self", "noted while the disk was full");
    await sleep(5_000);
    expect(home.isRunning).toBe(true);
    expect((await phone.rows<{ id: string; state: string }>("read", "Note to self")).find((row) => row.id === fromPhone.id)?.state).toBe(
      "here",
    );
    expect(bob.matching(/sent while the disk was full/)).toEqual([]);

    disk.free();
    await eventually("the phone's message is sent", async () => {
      return (await history(phone, channel)).some((message) => message.id === id && message.state === "sent") || undefined;
    });
    expect(bob.matching(/sent while the disk was full/)).toHaveLength(1);
    await eventually("the phone's note is here", async () => (await notes(home)).includes("noted while the disk was full") || undefined);
    const told = await heard(onPhone, ({ text, kind }) => text === "said while the disk was full" || kind === "gap");
    expect(told.conversation).toBe(channel);
  });

  test("everything works again, and nothing that was confirmed is missing on either device", async () => {
    await untilBridge(home, account, ({ state }) => state === "online");
    expect(await home.json("send", "Note to self", "after")).toMatchObject({ id: expect.any(String) });
    bob.say("#full", "after the disk was full");
    await heard(onPhone, "after the disk was full");
    await eventually("all notes are on the phone", async () => {
      const texts = new Set(await notes(phone));
      return confirmed.every((text) => texts.has(text)) || undefined;
    });
  });

  test("killed and started on a full disk, it says so or runs; with space it is whole", { timeout: 300_000 }, async () => {
    disk.fill(100_000);
    await writeUntilFull();
    disk.fill();
    await home.kill();
    const starting = home.stream(["start", "--http", "off", "--no-mdns", "--listen", home.listen]);
    const outcome = await Promise.race([
      starting.ended,
      starting
        .until("first line", () => true)
        .then(
          () => "ready" as const,
          () => starting.ended,
        ),
    ]);
    if (outcome === "ready") await starting.stop();
    else expect(refusalOf(outcome, "start")).toMatchObject({ exit: 1, code: "disk-full" });
    disk.free();
    await home.start();
    const kept = new Set(await notes(home));
    expect(confirmed.filter((text) => !kept.has(text))).toEqual([]);
    const checks = await home.json<CheckRow[]>("doctor");
    expect(checks.find(({ check }) => check === "database")).toMatchObject({ ok: true });
  });

  test("init on a full disk says so, and leaves nothing that stands in the way of the next", async () => {
    const fresh = await place.machine("fresh", join(disk.folder, "fresh"));
    mkdirSync(fresh.data, { mode: 0o700 });
    disk.fill();
    expect(await fresh.refusal("init", "--no-recovery")).toMatchObject({ exit: 1, code: "disk-full" });
    expect(existsSync(fresh.data) ? readdirSync(fresh.data) : []).toEqual([]);
    disk.free();
    await fresh.init();
  });
});
