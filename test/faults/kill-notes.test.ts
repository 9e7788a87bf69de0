import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Homeport, link, type World, world } from "../harness/homeport.ts";
import { between, rounds } from "./flow.ts";
import { NoteWriter, notesOf, untilSame } from "./notes.ts";

const ROUNDS = rounds(200);

describe(`R3, B5: kill -9 of either device, ${ROUNDS} times, at random moments`, () => {
  let place: World;
  let devices: [Homeport, Homeport];
  let writers: NoteWriter[];

  beforeAll(async () => {
    place = await world();
    devices = [await place.machine("home"), await place.machine("phone")];
    const [home, phone] = devices;
    await home.init();
    await home.start();
    await link(home, phone);
    await phone.start();
    await phone.untilConnected(home);
    writers = devices.map((device) => new NoteWriter(device));
  });
  afterAll(async () => {
    for (const writer of writers ?? []) writer.close();
    await place?.[Symbol.asyncDispose]();
  });

  test("nothing that was confirmed is lost, nothing is there twice, and both agree", { timeout: 60_000 * ROUNDS }, async () => {
    let whileStarting = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const victim = devices[round % 2] as Homeport;
      const writing = writers.map((writer) => writer.writeFor(between(50, 600), 5));
      await sleep(between(0, 500));
      await victim.kill();
      await Promise.all(writing);
      // Now and then once more while it is coming up.
      if (round % 5 === 0) {
        const starting = victim.start().catch(() => undefined);
        await sleep(between(50, 900));
        await victim.kill();
        await starting;
        whileStarting += 1;
      }
      await victim.start();
    }
    const notes = await untilSame(devices, writers);
    const confirmed = writers.reduce((sum, writer) => sum + writer.confirmed.length, 0);
    const unknown = writers.reduce((sum, writer) => sum + writer.unknown.length, 0);
    console.warn(
      `${ROUNDS} kills and ${whileStarting} more while starting: ${confirmed} confirmed, ${unknown} without an answer, ${notes.length} there`,
    );
    expect(notes.length).toBeGreaterThanOrEqual(confirmed);
    expect(notes.length).toBeLessThanOrEqual(confirmed + unknown);
    for (const device of devices) expect(await notesOf(device)).toEqual(notes);
  });
});
