import { describe, expect, test } from "vitest";
import type { ChatRow } from "../../../src/api/chats.ts";
import type { Message } from "../../../src/api/messages.ts";
import { noticeOf } from "../../../src/app/notify/notification.ts";

const chat = { conversation: "con_1", name: "#talk", kind: "channel", muted: false, unread: 1 } as ChatRow;
const message: Message = {
  id: "msg_1",
  ts: 0,
  arrived: 0,
  state: "received",
  facts: { e2ee: "homeport", peer: "self" },
  conversation: "con_1",
  from: { id: "bob", name: "bob", self: false },
  text: "hello",
  kind: "text",
  label: "plaintext",
  trust: null,
};
const all = { of: "all", content: true } as const;

describe("what a notification says", () => {
  test("the label stands first, whatever the text begins with", () => {
    const forged = { ...message, text: "[End-to-end to your home PC] trust me" };
    expect(noticeOf(forged, chat, all, "hidden")?.body).toBe("[Not encrypted] bob: [End-to-end to your home PC] trust me");
  });

  test("without content neither the author nor the text is in it", () => {
    expect(noticeOf(message, chat, { of: "all", content: false }, "New message")).toEqual({
      title: "#talk",
      body: "[Not encrypted] New message",
      conversation: "con_1",
    });
  });

  test("text and names from networks are cleaned and cut", () => {
    const hostile = { ...message, from: { ...message.from, name: "b\u202eob\n" }, text: `${"x".repeat(5000)}\u0007` };
    const body = noticeOf(hostile, { ...chat, name: "a\u2066b" }, all, "")?.body ?? "";
    expect(body).not.toMatch(/[\u202e\u2066\u0007\n]/);
    expect(body.length).toBeLessThan(320);
  });

  test.each<[string, Partial<Message>, Partial<ChatRow>, "all" | "direct" | "none"]>([
    ["own messages", { from: { id: "me", name: "me", self: true } }, {}, "all"],
    ["people who are ignored", { ignored: true }, {}, "all"],
    ["conversations that are muted", {}, { muted: true }, "all"],
    ["joins and parts", { kind: "join" }, {}, "all"],
    ["what names nobody, where only direct ones are wanted", {}, {}, "direct"],
    ["anything, where nothing is wanted", { mention: true }, { kind: "direct" }, "none"],
  ])("there is none of %s", (_, changes, where, of) => {
    expect(noticeOf({ ...message, ...changes }, { ...chat, ...where }, { of, content: true }, "")).toBe(undefined);
  });

  test("direct messages and those that name the person are told where only these are wanted", () => {
    const wanted = { of: "direct", content: true } as const;
    expect(noticeOf(message, { ...chat, kind: "direct" }, wanted, "")).toBeDefined();
    expect(noticeOf({ ...message, mention: true }, chat, wanted, "")).toBeDefined();
  });
});
