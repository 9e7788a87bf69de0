import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Homeport, link, type World, world } from "../harness/homeport.ts";
import { NoteWriter, notesOf, untilSame } from "./notes.ts";

describe("B5: a device that is set back to an older image of its data folder", () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let writers: NoteWriter[];

  beforeAll(async () => {
    place = await world();
    home = await place.machine("home");
    phone = await place.machine("phone");
    await home.init();
    await home.start();
    await link(home, phone);
    await phone.start();
    await phone.untilConnected(home);
    writers = [new NoteWriter(home), new NoteWriter(phone)];
  });
  afterAll(async () => {
    for (const writer of writers ?? []) writer.close();
    await place?.[Symbol.asyncDispose]();
  });

  const image = (): string => place.path("image");

  /** With the rights of its folders, which are looked at. */
  const copy = (from: string, to: string): Buffer => execFileSync("cp", ["-a", from, to]);

  async function setBack(): Promise<void> {
    await home.kill();
    writers[0]?.close();
    rmSync(home.data, { recursive: true });
    copy(image(), home.data);
  }

  test("gets back what it had written, writes on beside it, and forks nothing", { timeout: 300_000 }, async () => {
    await writers[0]?.writeFor(1500, 20);
    await home.stop();
    copy(home.data, image());
    await home.start();
    await phone.untilConnected(home);
    await writers[0]?.writeFor(2000, 20);
    await untilSame([home, phone], writers);
    const before = await notesOf(phone);
    await setBack();
    await home.start();
    await Promise.all(writers.map((writer) => writer.writeFor(1500, 20)));
    const after = await untilSame([home, phone], writers);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(home.daemon.stderr).not.toContain("is frozen");
    console.warn(`set back online: ${before.length} notes before, ${after.length} after`);
  });

  test("writes while nobody can tell it, and agrees afterwards", { timeout: 300_000 }, async () => {
    await phone.stop();
    await setBack();
    await home.start();
    await writers[0]?.writeFor(1500, 20);
    await phone.start();
    await phone.untilConnected(home);
    const notes = await untilSame([home, phone], writers);
    expect(phone.daemon.stderr).not.toContain("is frozen");
    expect(home.daemon.stderr).toContain("entries of this device came back");
    console.warn(`set back offline: ${notes.length} notes, all that any device ever confirmed`);
  });
});
