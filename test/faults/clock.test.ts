import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, type Homeport, link, type World, world } from "../harness/homeport.ts";
import { libraryPath, provision, triplet } from "../servers/provision.ts";
import { requireServer } from "../servers/require-server.ts";
import { NoteWriter, notesOf } from "./notes.ts";

const faketime = await requireServer("faketime");

/** Environment of a process whose clock is wrong by so much, as `+3d`; clocks that only go forward are left alone. */
async function wrongClock(offset: string): Promise<Record<string, string>> {
  const { root } = await provision("faketime");
  const library = join(root, "usr/lib", triplet(), "faketime/libfaketime.so.1");
  return {
    LD_PRELOAD: library,
    LD_LIBRARY_PATH: libraryPath(root),
    FAKETIME: offset,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
  };
}

describe.skipIf(!faketime.ok)("B2, B3: a clock that is far wrong", () => {
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

  async function restart(offset?: string): Promise<void> {
    writers[1]?.close();
    await phone.stop();
    phone.env = offset === undefined ? {} : await wrongClock(offset);
    await phone.start();
  }

  test.each(["-3d", "-10y", "+3d", "+10y"])(
    "by %s: it works, loses nothing, and poisons nothing once it is right again",
    { timeout: 300_000 },
    async (offset) => {
      await restart(offset);
      const wrong = await writers[1]?.write();
      expect(wrong).toBeDefined();
      expect(await notesOf(phone), "shown where it was written").toContain(wrong);
      const meanwhile = await writers[0]?.write();
      await restart();
      await phone.untilConnected(home);
      const right = await writers[1]?.write();
      await eventually("both have what was written with a right clock", async () => {
        const [there, here] = [await notesOf(home), await notesOf(phone)];
        return (there.includes(right as string) && here.includes(meanwhile as string)) || undefined;
      });
      if (offset.startsWith("+")) expect(await notesOf(home), "B3: held until it is due").not.toContain(wrong);
      else
        await eventually("what was written with a clock behind", async () => (await notesOf(home)).includes(wrong as string) || undefined);
      const shown = await notesOf(home);
      console.warn(`clock ${offset}: ${shown.length} notes on the other device`);
    },
  );
});
