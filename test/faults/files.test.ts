import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChatRow } from "../../src/api/chats.ts";
import type { FileRow } from "../../src/api/file-row.ts";
import { eventually, type Homeport, link, pair, type World, world } from "../harness/homeport.ts";
import { isRoot } from "../servers/folders.ts";
import { between, rounds } from "./flow.ts";
import { SmallDisk } from "./tmpfs.ts";

const ROUNDS = rounds(8);
const SIZE = 200 * 2 ** 20;

describe(`kill -9 of sender and receiver, ${ROUNDS} times, in the middle of a file`, () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let self: string;

  beforeAll(async () => {
    place = await world();
    ({ home, phone } = await pair(place));
    self = (await home.json<ChatRow[]>("chats")).find(({ kind }) => kind === "self")?.conversation ?? "";
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  const received = async (file: string): Promise<FileRow | undefined> =>
    (await phone.json<FileRow[]>("file", "list")).find((row) => row.file === file);

  test("it goes on where it was, loses nothing that was saved, and is whole at the end", {
    timeout: 60_000 * ROUNDS + 120_000,
  }, async () => {
    const bytes = randomBytes(SIZE);
    writeFileSync(place.path("large"), bytes);
    const { files } = await home.json<{ files: FileRow[] }>("file", "send", self, place.path("large"));
    const { file } = files[0] as FileRow;
    await eventually("the message", async () => (await received(file)) ?? undefined);
    await phone.json("file", "get", file);
    let last = 0;
    const steps: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const victim = round % 2 === 0 ? phone : home;
      await sleep(between(50, 1_500));
      await victim.kill();
      await victim.start();
      const row = await received(file);
      last = row?.received ?? 0;
      steps.push(last);
    }
    await phone.untilConnected(home);
    const out = place.path("out");
    mkdirSync(out);
    await phone.json("file", "get", file, "--to", out, "--wait", "--timeout", "300");
    expect(readFileSync(join(out, "large")).equals(bytes)).toBe(true);
    console.warn("bytes after each death", steps);
  });

  test("meanwhile messages are not held up", { timeout: 300_000 }, async () => {
    const { files } = await home.json<{ files: FileRow[] }>("file", "send", self, place.path("large"), "--name", "beside");
    const { file } = files[0] as FileRow;
    const watching = await phone.watch({ conversation: self });
    await eventually("the message", async () => (await received(file)) ?? undefined);
    await phone.json("file", "get", file);
    await home.json("send", self, "while the file comes");
    await watching.until("the text", (event: { message?: { text: string } }) => event.message?.text === "while the file comes");
    await watching.until("the file", (event: { file?: FileRow }) => event.file?.file === file && event.file.state === "here");
    const order = watching
      .events<{ message?: { text: string }; file?: FileRow }>()
      .flatMap((event) => event.message?.text ?? (event.file?.file === file && event.file.state === "here" ? "here" : []));
    expect(order.slice(-2)).toEqual(["while the file comes", "here"]);
  });

  test("a sender that dies while it takes a file in has sent nothing, and keeps nothing of it", { timeout: 300_000 }, async () => {
    for (let round = 0; round < Math.min(3, ROUNDS); round++) {
      const sending = home.stream(["file", "send", self, place.path("large"), "--name", `dying-${round}`]);
      await sleep(between(100, 600));
      await home.kill();
      const { code } = await sending.ended;
      await home.start();
      const rows = (await home.json<FileRow[]>("file", "list")).filter(({ name }) => name === `dying-${round}`);
      expect(rows).toHaveLength(code === 0 ? 1 : rows.length);
      for (const row of rows) {
        const out = place.path(`dying-${round}`);
        await home.json("file", "get", row.file, "--to", out);
        expect(readFileSync(out).length).toBe(SIZE);
      }
    }
  });
});

const isCi = !["", "0", "false"].includes(process.env["CI"] ?? "");
if (!isRoot) console.warn("SKIPPED without CI: only root can mount the small disk that this test fills");

describe.skipIf(!isRoot && !isCi)("a disk that becomes full in the middle of a file", () => {
  test("says so, keeps what came, and goes on when there is room", { timeout: 300_000 }, async () => {
    await using place = await world();
    const disk = place.use(new SmallDisk(place.path("disk"), 700));
    const home = await place.machine("home");
    const phone = await place.machine("phone", join(disk.folder, "phone"));
    await home.init();
    await home.start();
    await link(home, phone);
    await phone.start();
    await phone.untilConnected(home);
    const self = (await home.json<ChatRow[]>("chats")).find(({ kind }) => kind === "self")?.conversation ?? "";
    const bytes = randomBytes(500 * 2 ** 20);
    writeFileSync(place.path("large"), bytes);
    const { files } = await home.json<{ files: FileRow[] }>("file", "send", self, place.path("large"));
    const { file } = files[0] as FileRow;
    const row = async () => (await phone.json<FileRow[]>("file", "list")).find((one) => one.file === file);
    await eventually("the message", async () => (await row()) ?? undefined);
    await phone.json("file", "get", file);
    disk.fill();
    const stuck = await eventually("the problem", async () => {
      const now = await row();
      return now?.problem ? now : undefined;
    });
    expect(stuck).toMatchObject({ state: "fetching", problem: { code: "disk-full" } });
    expect(await phone.refusal("file", "get", file, "--wait")).toMatchObject({ code: "disk-full" });
    disk.free();
    const out = place.path("out");
    await phone.json("file", "get", file, "--to", out, "--wait", "--timeout", "200");
    expect(readFileSync(out).equals(bytes)).toBe(true);
  });
});
