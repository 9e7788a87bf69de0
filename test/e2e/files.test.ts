import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChatRow } from "../../src/api/chats.ts";
import type { FileRow } from "../../src/api/file-row.ts";
import type { Message, WatchEvent } from "../../src/api/messages.ts";
import { eventually, type Homeport, pair, type World, world } from "../harness/homeport.ts";

interface Sent {
  id: string;
  state: string;
  files: FileRow[];
}

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

function made(name: string, size: number): { path: string; bytes: Buffer } {
  const bytes = randomBytes(size);
  writeFileSync(place.path(name), bytes);
  return { path: place.path(name), bytes };
}

const stateOn = async (machine: Homeport, file: string): Promise<string | undefined> =>
  (await machine.json<FileRow[]>("file", "list")).find((row) => row.file === file)?.state;

test("files: small ones come by themselves with their message, large ones on request, with events on the way", async () => {
  const small = made("note.txt", 70_000);
  const large = made("film.bin", 30_000_000);
  const watching = await phone.watch();
  const sent = await home.json<Sent>("file", "send", self, small.path, large.path, "--text", "both");
  expect(sent.files.map(({ name, size, mime, state, original }) => ({ name, size, mime, state, original }))).toEqual([
    { name: "note.txt", size: 70_000, mime: "text/plain", state: "here", original: true },
    { name: "film.bin", size: 30_000_000, mime: "application/octet-stream", state: "here", original: true },
  ]);
  const [note, film] = sent.files as [FileRow, FileRow];
  await eventually("the small one", async () => (await stateOn(phone, note.file)) === "here" || undefined);
  expect(await stateOn(phone, film.file)).toBe("away");
  const [message] = await phone.rows<Message>("read", self);
  expect(message?.text).toBe("both");
  expect(message?.files?.map(({ name }) => name)).toEqual(["note.txt", "film.bin"]);

  const out = place.path("out");
  mkdirSync(out);
  const got = await phone.json<(FileRow & { path: string })[]>("file", "get", sent.id, "--to", out, "--wait");
  expect(got.map(({ path }) => path)).toEqual([join(out, "note.txt"), join(out, "film.bin")]);
  expect(readFileSync(join(out, "note.txt")).equals(small.bytes)).toBe(true);
  expect(readFileSync(join(out, "film.bin")).equals(large.bytes)).toBe(true);
  await watching.until<WatchEvent>(
    "the file's end",
    (event) => event.event === "file" && event.file.file === film.file && event.file.state === "here",
  );
  await watching.kill();

  // Nothing of the files is on either disk in the clear.
  for (const { data } of [home, phone])
    for (const name of readdirSync(join(data, "files")))
      expect(readFileSync(join(data, "files", name)).includes(small.bytes.subarray(0, 32))).toBe(false);
});

test("files: saving again writes over nothing, and a hostile name stays in the folder", async () => {
  const { path, bytes } = made("x", 1000);
  const sent = await home.json<Sent>("file", "send", self, path, "--name", "../../\u202eevil\u001b[2J.sh");
  const [file] = sent.files as [FileRow];
  const out = place.path("hostile");
  mkdirSync(out);
  for (let n = 0; n < 2; n++) await home.json("file", "get", file.file, "--to", out);
  expect(readdirSync(out).sort()).toEqual(["_.._evil[2J (2).sh", "_.._evil[2J.sh"]);
  expect(readFileSync(join(out, "_.._evil[2J.sh")).equals(bytes)).toBe(true);
  expect(await home.refusal("file", "get", file.file, "--to", path)).toMatchObject({ code: "exists" });
});

test("files: from stdin, of no length, and what cannot be sent", async () => {
  const { stdout } = await home.run(["file", "send", self, "-", "--name", "piped.txt"], { input: "from a pipe" });
  const [piped] = (JSON.parse(stdout) as Sent).files as [FileRow];
  expect(piped).toMatchObject({ name: "piped.txt", size: 11, mime: "text/plain" });
  const [empty] = (await home.json<Sent>("file", "send", self, made("empty", 0).path)).files as [FileRow];
  const target = place.path("empty-out");
  await eventually("the empty one", async () => (await stateOn(phone, empty.file)) === "here" || undefined);
  await phone.json("file", "get", empty.file, "--to", target, "--wait");
  expect(readFileSync(target)).toHaveLength(0);
  expect(await home.refusal("file", "send", self, place.path("nothing"))).toMatchObject({ code: "not-found", exit: 1 });
  expect(await home.refusal("file", "send", self, place.folder)).toMatchObject({ code: "usage", exit: 2 });
  expect(await home.refusal("file", "get", "fil_unknown")).toMatchObject({ code: "not-found" });
});

test("files: whoever breaks off while sending leaves nothing behind", async () => {
  const before = readdirSync(join(home.data, "files")).length;
  const { path } = made("broken.bin", 200_000_000);
  const sending = home.stream(["file", "send", self, path]);
  await eventually("the beginning", async () => readdirSync(join(home.data, "files")).length > before || undefined);
  await sending.kill();
  await eventually("the end", async () => readdirSync(join(home.data, "files")).length === before || undefined);
  expect((await home.json<FileRow[]>("file", "list")).some(({ name }) => name === "broken.bin")).toBe(false);
});
