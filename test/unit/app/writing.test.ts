import { describe, expect, test } from "vitest";
import type { ChatRow } from "../../../src/api/chats.ts";
import { countOf, EVERYTHING, filterChats, foldersOf } from "../../../src/app/state/chat-filter.ts";
import { complete } from "../../../src/app/state/completion.ts";
import { byteText, isPicture, saveName } from "../../../src/app/state/file-words.ts";
import { gateOf, learned } from "../../../src/app/state/gate.ts";
import { readIntent } from "../../../src/app/state/slash.ts";
import { snippetOf } from "../../../src/app/state/snippet.ts";

describe("slash commands", () => {
  test.each([
    ["hello", { is: "say", style: "text", text: "hello" }],
    ["//hello", { is: "say", style: "text", text: "/hello" }],
    ["/me waves", { is: "say", style: "action", text: "waves" }],
    ["/join #room", { is: "open", target: "#room", text: "" }],
    ["/msg bob hi there", { is: "open", target: "bob", text: "hi there" }],
    ["/msg bob", { is: "incomplete", command: "/msg", usage: "/msg nick …" }],
    ["/PART", { is: "leave" }],
    ["/whois bob", { is: "network", name: "whois", args: "bob" }],
    ["/constructor", { is: "unknown", command: "/constructor" }],
    ["/frob x", { is: "unknown", command: "/frob" }],
    ["/usr/bin is a folder", { is: "say", style: "text", text: "/usr/bin is a folder" }],
  ])("on IRC %s", (text, intent) => expect(readIntent(text, "irc", ["whois"])).toEqual(intent));

  test("where a network has no commands a slash is a slash", () => {
    expect(readIntent("/frob", "matrix")).toEqual({ is: "say", style: "text", text: "/frob" });
    expect(readIntent("/frob", "homeport")).toEqual({ is: "unknown", command: "/frob" });
  });
});

describe("completion", () => {
  const names = ["bob", "bobby", "Anna", "#home"];

  test("a name at the beginning gets a colon, elsewhere a space; Tab goes on to the next, with Shift back", () => {
    const first = complete("bo", 2, names);
    expect(first).toMatchObject({ text: "bob: ", caret: 5 });
    const second = complete("bob: ", 5, names, first?.round);
    expect(second?.text).toBe("bobby: ");
    expect(complete("bobby: ", 7, names, second?.round, true)?.text).toBe("bob: ");
    expect(complete("hi an", 5, names)?.text).toBe("hi Anna ");
    expect(complete("see #h now", 6, names)?.text).toBe("see #home now");
  });

  test("where there is nothing to complete, nothing happens", () => {
    expect(complete("", 0, names)).toBeUndefined();
    expect(complete("xyz", 3, names)).toBeUndefined();
    expect(complete("word ", 5, names)).toBeUndefined();
  });
});

describe("the gate of the composer", () => {
  test("a worse label than the known one shuts it; a better one is learned, a worse one only when accepted", () => {
    expect(gateOf(undefined, "plaintext")).toEqual({ open: true });
    expect(gateOf("server-reads", "plaintext")).toEqual({ open: false, was: "server-reads", now: "plaintext" });
    expect(gateOf("plaintext", "server-reads")).toEqual({ open: true });
    expect(learned("plaintext", "server-reads")).toBe("server-reads");
    expect(learned("server-reads", "plaintext")).toBe("server-reads");
    expect(learned(undefined, "plaintext")).toBe("plaintext");
  });
});

describe("the list of conversations", () => {
  const chat = (name: string, more: Partial<ChatRow>): ChatRow =>
    ({
      conversation: name,
      name,
      network: "irc",
      account: "a",
      unread: 0,
      mentions: 0,
      label: "server-reads",
      archived: false,
      muted: false,
      ...more,
    }) as ChatRow;
  const chats = [
    chat("notes", { network: "homeport", account: undefined, label: "e2ee-device" }),
    chat("#open", { label: "plaintext", unread: 2, account: "b" }),
    chat("#old", { archived: true, unread: 1 }),
    chat("#quiet", { muted: true, unread: 9, mentions: 1 }),
  ];
  const names = (rows: ChatRow[]) => rows.map(({ name }) => name);

  test("filters by words, unread, insecure, network and archive; who searches finds archived ones", () => {
    expect(names(filterChats(chats, EVERYTHING))).toEqual(["notes", "#open", "#quiet"]);
    expect(names(filterChats(chats, { ...EVERYTHING, words: "O" }))).toEqual(["notes", "#open", "#old"]);
    expect(names(filterChats(chats, { ...EVERYTHING, only: "insecure" }))).toEqual(["#open"]);
    expect(names(filterChats(chats, { ...EVERYTHING, only: "unread" }))).toEqual(["#open", "#quiet"]);
    expect(names(filterChats(chats, { ...EVERYTHING, folder: "b" }))).toEqual(["#open"]);
    expect(names(filterChats(chats, { ...EVERYTHING, archived: true }))).toEqual(["#old"]);
  });

  test("each account is a folder; what is muted or put away counts only where it names the person", () => {
    expect(foldersOf(chats).map(({ id }) => id)).toEqual(["homeport", "a", "b"]);
    expect(countOf(chats)).toBe(3);
  });
});

test("what was found stands in its words, and is safe", () => {
  const text = `${"x ".repeat(40)}the harbour \u202eopens`;
  const start = text.indexOf("harbour");
  const parts = snippetOf(text, [{ start, end: start + 7 }]);
  expect(parts.find(({ match }) => match)?.text).toBe("harbour");
  expect(parts[0]?.text).toBe("…");
  expect(parts.map((part) => part.text).join("")).not.toContain("\u202e");
  expect(snippetOf("a b", [{ start: 2, end: 9 }]).map((part) => part.text)).toEqual(["a b"]);
});

test("names of files are shown and saved as names, and only pictures that run nothing are shown", () => {
  expect(saveName("../../.bashrc")).toBe("_.._.bashrc");
  expect(saveName("a\u202egnp.exe")).not.toContain("\u202e");
  expect(saveName("")).toBe("file");
  expect(isPicture("image/svg+xml")).toBe(false);
  expect(isPicture("image/PNG")).toBe(true);
  expect(byteText(1_500_000, "en")).toBe("1.5 MB");
});
