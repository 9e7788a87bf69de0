import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChatRow } from "../../src/api/chats.ts";
import type { Message, WatchEvent } from "../../src/api/messages.ts";
import { type CliProcess, type Homeport, pair, type World, world } from "../harness/homeport.ts";

describe("what is said about messages and conversations is the same on both devices", () => {
  let place: World;
  let home: Homeport;
  let phone: Homeport;
  let notes: string;
  let onHome: CliProcess;
  let onPhone: CliProcess;
  let id: string;

  beforeAll(async () => {
    place = await world();
    ({ home, phone } = await pair(place));
    notes = (await home.json<ChatRow[]>("chats"))[0]?.conversation ?? "";
    [onHome, onPhone] = [await home.watch(), await phone.watch()];
    ({ id } = await home.json<{ id: string }>("send", notes, "helo"));
    await shown(onPhone, ({ text }) => text === "helo");
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  const shown = (on: CliProcess, fits: (message: Message) => boolean) =>
    on.until<WatchEvent>("a message", (event) => (event.event === "message" || event.event === "changed") && fits(event.message));
  const listed = (on: CliProcess, fits: (chat: ChatRow) => boolean) =>
    on.until<WatchEvent>("a row of the list", (event) => event.event === "chat" && fits(event.chat));
  const read = (on: Homeport) => on.rows<Message>("read", notes, "--mark");

  test("an edit, reactions and a pin made on one show on the other, and are taken back there", async () => {
    await home.json("edit", id, "hello");
    await phone.json("react", id, "🎉");
    await phone.json("pin", id);
    await shown(onPhone, ({ text }) => text === "hello");
    await shown(onHome, ({ reactions, pinned, edited }) => reactions?.[0]?.emoji === "🎉" && pinned === true && edited === true);
    for (const on of [home, phone])
      expect(await read(on)).toMatchObject([{ id, text: "hello", edited: true, pinned: true, reactions: [{ count: 1, self: true }] }]);
    await home.json("react", id, "🎉", "--remove");
    await home.json("unpin", id);
    await shown(onPhone, (message) => message.reactions === undefined && message.pinned === undefined);
  });

  test("a reply names its message, and an expiring one says when it goes", async () => {
    const sent = await phone.json<{ id: string }>("send", notes, "seen", "--reply-to", id, "--expires", "1h");
    await shown(onHome, ({ text }) => text === "seen");
    const message = (await read(home)).find((one) => one.id === sent.id);
    expect(message).toMatchObject({ replyTo: id });
    expect((message?.expires ?? 0) - (message?.ts ?? 0)).toBe(3_600_000);
  });

  test("a draft, a mute, the archive and retention reach the other device", async () => {
    await home.json("draft", notes, "dear diary");
    await home.json("mute", notes, "--until", "2h");
    await home.json("archive", notes);
    expect(await home.json("retention", notes, "30")).toEqual({ conversation: notes, days: 30 });
    await listed(onPhone, (chat) => chat.retention === 30 && chat.draft === "dear diary");
    expect(await phone.json<ChatRow[]>("chats")).toMatchObject([
      { muted: true, archived: true, draft: "dear diary", unread: 0, mentions: 0 },
    ]);
    expect(await phone.json("draft", notes)).toEqual({ conversation: notes, text: "dear diary" });
    await phone.json("draft", notes, "");
    await phone.json("unmute", notes);
    await phone.json("unarchive", notes);
    await phone.json("retention", notes, "off");
    await listed(onHome, (chat) => chat.retention === undefined && !chat.archived);
    const [row] = await home.json<ChatRow[]>("chats");
    expect(row).toMatchObject({ muted: false, archived: false });
    expect(row?.draft).toBeUndefined();
  });

  test("what makes no sense is refused with a code", async () => {
    expect(await home.refusal("edit", `${id.slice(0, -4)}aaaa`, "x")).toMatchObject({ exit: 1, code: "not-found" });
    expect(await home.refusal("mute", notes, "--until", "yesterday")).toMatchObject({ exit: 2 });
    expect(await home.refusal("react", id, "a b")).toMatchObject({ exit: 1, code: "invalid-params" });
  });
});
