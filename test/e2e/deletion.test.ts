import { afterAll, beforeAll, expect, test } from "vitest";
import type { Message } from "../../src/api/messages.ts";
import { eventually, type Homeport, link, pair, type World, world } from "../harness/homeport.ts";

let place: World;
let home: Homeport;
let phone: Homeport;

beforeAll(async () => {
  place = await world();
  ({ home, phone } = await pair(place));
});
afterAll(() => place[Symbol.asyncDispose]());

const note = async (device: Homeport, text: string) => (await device.json<{ id: string }>("send", "Note to self", text)).id;
const read = (device: Homeport) => device.rows<Message>("read", "Note to self");
const arrives = (device: Homeport, id: string) =>
  eventually(`${id} arrives`, async () => (await read(device)).find((message) => message.id === id && message.deleted !== true));

test("E1: what is deleted on the phone is deleted at home, and stays so over restarts and for a device that joins later", async () => {
  const secret = await note(home, "deleted words");
  const kept = await note(home, "kept words");
  await arrives(phone, kept);
  expect(await phone.json("delete", secret)).toEqual([{ id: secret, network: null }]);
  const shown = await eventually("it is deleted at home", async () =>
    (await read(home)).find(({ id, deleted }) => id === secret && deleted),
  );
  expect(shown).toMatchObject({ text: "", deleted: true });
  await home.stop();
  await home.start();
  const tablet = await place.machine("tablet");
  await link(home, tablet);
  await tablet.start();
  await arrives(tablet, kept);
  const all = await read(tablet);
  expect(all.map(({ text }) => text)).toEqual(["", "kept words"]);
  expect(all[0]).toMatchObject({ id: secret, deleted: true });
});

test("E3: deleting a conversation empties it everywhere, and a later message is shown", async () => {
  expect(await phone.json("delete", "Note to self")).toMatchObject({ later: "reopen" });
  await eventually("it is empty at home", async () => (await read(home)).length === 0 || undefined);
  const id = await note(home, "a new beginning");
  await arrives(phone, id);
  expect((await read(phone)).map(({ text }) => text)).toEqual(["a new beginning"]);
});

test("what cannot be deleted is refused, and says why", async () => {
  expect(await home.refusal("delete", "Note to self", "--block")).toMatchObject({ exit: 1, code: "not-allowed" });
  expect(await home.refusal("delete", "msg_nothing")).toMatchObject({ exit: 1, code: "not-found" });
  expect(await home.refusal("device", "late", "phone", "--keep")).toMatchObject({ exit: 1, code: "not-allowed" });
  expect(await home.json("device", "late", "phone")).toEqual([]);
});
