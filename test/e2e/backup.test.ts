import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MadeBackup } from "../../src/api/backup.ts";
import type { ChatRow } from "../../src/api/chats.ts";
import type { Message } from "../../src/api/messages.ts";
import { type Homeport, type World, world } from "../harness/homeport.ts";

let place: World;
let home: Homeport;
let self: string;

beforeEach(async () => {
  place = await world();
  home = await place.machine("home");
  await home.json("init", "--name", "home", "--recovery-file", place.path("words"));
  await home.start();
  const [row] = await home.json<ChatRow[]>("chats");
  self = (row as ChatRow).conversation;
});
afterEach(() => place[Symbol.asyncDispose]());

const texts = async (machine: Homeport) => (await machine.rows<Message>("read", self)).map(({ text }) => text);
const write = (text: string) => home.json<{ id: string }>("send", self, text);

describe("B5: backup and restore", () => {
  test("by the words: a new device with everything, and the search and export of it", async () => {
    for (const text of ["green tea", "Grüner Tee", "milk"]) await write(text);
    const file = place.path("first.homeport");
    const made = await home.json<MadeBackup>("backup", "create", file);
    expect(made).toMatchObject({ file, opens: ["words"] });
    expect(await home.refusal("backup", "create", file)).toMatchObject({ code: "exists" });
    expect(await home.json("backup", "verify", file)).toMatchObject({ opened: false, bytes: made.bytes });
    expect(await home.json("backup", "verify", file, "--words-file", place.path("words"))).toMatchObject({
      opened: true,
      entries: made.entries,
    });
    await write("after the backup");
    await home.stop();

    const restored = await place.machine("restored");
    const answer = await restored.json<{ device: string; account: string; entries: number }>(
      ...["backup", "restore", file, "--words-file", place.path("words"), "--name", "second"],
    );
    expect(answer).toMatchObject({ entries: made.entries });
    const { device } = await restored.start();
    expect(device).toBe(answer.device);
    expect(device).not.toBe(home.device);
    expect(await texts(restored)).toEqual(["green tea", "Grüner Tee", "milk"]);
    expect(await restored.json("device", "list")).toContainEqual(
      expect.objectContaining({ device, state: "admitted", self: true, name: "second" }),
    );
    const { hits, complete } = await restored.json<{ hits: Message[]; complete: boolean }>("search", "gruner", "tee");
    expect(hits.map(({ text }) => text)).toEqual(["Grüner Tee"]);
    expect(complete).toBe(true);
    await restored.json("export", self, "--to", place.path("self.jsonl"));
    const lines = readFileSync(place.path("self.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; text?: string });
    expect(lines.map(({ type, text }) => text ?? type)).toEqual(["conversation", "green tea", "Grüner Tee", "milk"]);
    await restored.json("export", "--all", "--format", "text", "--to", place.path("all"));
    expect(readFileSync(`${place.path("all")}/${readdirSync(place.path("all"))[0]}`, "utf8")).toContain("Grüner Tee");
  });

  test("with files: what the restored device needs of them it has, with no other device there", async () => {
    const content = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * 7919) % 251));
    writeFileSync(place.path("photo.bin"), content);
    writeFileSync(place.path("empty.txt"), "");
    const sent = await home.json<Message>("file", "send", self, place.path("photo.bin"));
    await home.json("file", "send", self, place.path("empty.txt"));
    const plain = await home.json<MadeBackup>("backup", "create", place.path("plain.homeport"));
    expect(plain.files).toBe(null);
    const made = await home.json<MadeBackup>("backup", "create", place.path("whole.homeport"), "--files");
    expect(made.files?.count).toBe(1);
    expect(made.bytes - plain.bytes).toBeGreaterThan(content.length);
    expect(await home.json("backup", "verify", made.file, "--words-file", place.path("words"))).toMatchObject({ opened: true });
    await home.stop();
    const restored = await place.machine("restored");
    await restored.json("backup", "restore", made.file, "--words-file", place.path("words"), "--name", "second");
    await restored.start();
    await restored.json("file", "get", sent.id, "--to", place.path("again.bin"));
    expect(readFileSync(place.path("again.bin")).equals(content)).toBe(true);
  });

  test("by another device: linked again, it brings what came after the backup, and erases what was deleted since", async () => {
    const phone = await place.machine("phone");
    const sponsoring = home.stream(["device", "link", "--yes"]);
    const { link: first } = await sponsoring.until<{ event: "link"; link: string }>("link", ({ event }) => event === "link");
    await phone.rows("device", "join", first, "--name", "phone");
    const { id } = await write("to be deleted");
    await write("to stay");
    writeFileSync(place.path("pass"), "a passphrase\n");
    const file = place.path("b.homeport");
    const made = await home.json<MadeBackup>("backup", "create", file, "--passphrase-file", place.path("pass"));
    expect(made.opens).toEqual(["words", "passphrase"]);
    await home.json("delete", id);
    await write("afterwards");
    const again = home.stream(["device", "link", "--yes"]);
    const { link } = await again.until<{ event: "link"; link: string }>("link", ({ event }) => event === "link");
    const restored = await place.machine("restored");
    await restored.json("backup", "restore", file, "--backup-passphrase-file", place.path("pass"), "--join", link, "--name", "third");
    await restored.start();
    await restored.untilConnected(home);
    await expect.poll(() => texts(restored), { timeout: 30_000 }).toContain("afterwards");
    expect(await texts(restored)).not.toContain("to be deleted");
  });
});
