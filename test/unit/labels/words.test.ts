import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  composerPlaceholder,
  describeFacts,
  LABEL_LANGUAGES,
  LABELS,
  longWords,
  markOf,
  shortWords,
  TRUST,
  trustWords,
  whereReadable,
} from "../../../src/security-labels/index.ts";
import { anyFacts, facts, hostileText, link } from "./all-facts.ts";

const irc = facts({ link: link({ server: "irc.example.org" }) });

describe("labels 4: words", () => {
  test("the long words say who reads it", () => {
    expect(longWords("plaintext")).toBe("Not encrypted on the way: anyone on the path can read it.");
    expect(longWords("server-reads", { facts: irc })).toBe(
      "Encrypted to irc.example.org; that server, every server it passes it on to, and the others in the room can read it.",
    );
    expect(longWords("e2ee-at-bridge", { peer: "Alice" })).toBe("End-to-end encrypted between Alice and your home PC, which decrypts it.");
    expect(longWords("e2ee-device", { trust: "validated" })).toMatch(
      /^End-to-end encrypted between your devices and theirs; you have compared/,
    );
    expect(longWords("e2ee-device", { trust: "unvalidated" })).toContain("compare numbers");
    expect(longWords("e2ee-device", { trust: "compromised" })).toContain("wrong hands");
    expect(longWords("e2ee-device")).toBe("End-to-end encrypted between your own devices.");
  });

  test("labels 1: history, an unproven server, a local program and what lies behind the server are said", () => {
    expect(longWords("server-reads", { facts: { ...irc, source: "history" } })).toContain("fetched from the server's history");
    expect(longWords("plaintext", { facts: facts({ link: link({ verified: false }) }) })).toContain("did not prove who it is");
    expect(longWords("plaintext", { facts: facts({ link: link({ kind: "loopback" }) }) })).toContain("another program on your home PC");
    expect(longWords("server-reads", { facts: { ...irc, restBeyondServer: "may-be-plaintext" } })).toContain("may travel unencrypted");
    expect(longWords("server-reads", { facts: { ...irc, restBeyondServer: "unknown" } })).toContain("not known");
  });

  test("the composer says it before sending", () => {
    expect(LABELS.map((label) => composerPlaceholder(label, "#chan", "validated"))).toEqual([
      "Message #chan: NOT encrypted, anyone on the path can read this",
      "Message #chan: the server can read this",
      "Message #chan: end-to-end encrypted from your home PC",
      "Message #chan: end-to-end encrypted",
    ]);
    expect(composerPlaceholder("e2ee-device", "Alice", "unvalidated")).toContain("not checked");
    expect(composerPlaceholder("e2ee-device", "Alice", "compromised")).toContain("wrong hands");
  });

  test("labels 5: where plaintext exists, and nowhere left out", () => {
    expect(whereReadable("plaintext", { facts: irc })).toContain("everyone on the path to the server");
    expect(whereReadable("server-reads", { facts: irc })).toEqual([
      "your home PC",
      "your other devices",
      "irc.example.org",
      "every server it passes it on to",
      "the others in the room",
    ]);
    expect(whereReadable("e2ee-at-bridge", { peer: "Alice" })).toEqual(["your home PC", "your other devices", "the devices of Alice"]);
    expect(whereReadable("e2ee-device", { peer: "Alice", trust: "validated" })).toEqual(["your own devices", "the devices of Alice"]);
    expect(whereReadable("e2ee-device")).toEqual(["your own devices"]);
  });

  test("labels 4: each label differs in words, in shape and in colour, so that none hangs on colour alone", () => {
    const marks = LABELS.map((label) => markOf(label));
    expect(new Set(LABELS.map((label) => shortWords(label))).size).toBe(LABELS.length);
    expect(new Set(marks.map(({ shape }) => shape)).size).toBe(LABELS.length);
    expect(new Set(marks.map(({ colour }) => colour)).size).toBe(LABELS.length);
    expect(markOf("server-reads").shape).not.toContain("lock");
  });

  test("the short words fit a list row, in every language", () => {
    for (const language of LABEL_LANGUAGES)
      for (const label of LABELS)
        for (const trust of [undefined, ...TRUST]) expect(shortWords(label, trust, language).length).toBeLessThanOrEqual(28);
  });

  test("an unknown label has the words and the mark of plaintext", () => {
    const unknown = "unbreakable" as never;
    expect([shortWords(unknown), longWords(unknown), markOf(unknown).shape, whereReadable(unknown)]).toEqual([
      shortWords("plaintext"),
      longWords("plaintext"),
      "open-lock-slash",
      whereReadable("plaintext"),
    ]);
  });

  test("names from networks cannot break or hide the words", () => {
    fc.assert(
      fc.property(anyFacts, hostileText, fc.constantFrom(...LABELS), fc.constantFrom(undefined, ...TRUST), (one, peer, label, trust) => {
        const all = LABEL_LANGUAGES.flatMap((language) => [
          longWords(label, { facts: one, peer, trust }, language),
          composerPlaceholder(label, peer, trust, language),
          ...whereReadable(label, { facts: one, peer, trust }, language),
        ]);
        for (const text of all) expect(text).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]{1,700}$/u);
      }),
    );
  });
});

/** What the words of a language must not leave out, whichever way they say it. */
const SAID = {
  en: {
    not: /not encrypted/i,
    anyone: /anyone|everyone/,
    server: /server/,
    pass: /passes it on/,
    room: /room/,
    home: /home PC/,
    wrong: /wrong hands/,
  },
  de: {
    not: /nicht verschlüsselt/i,
    anyone: /jeder|alle/,
    server: /Server/,
    pass: /weitergibt/,
    room: /Raum/,
    home: /Heim-PC/,
    wrong: /falschen Händen/,
  },
};

describe.each(LABEL_LANGUAGES)("labels 4: the words in %s say all that the English ones say", (language) => {
  const said = SAID[language];

  test("plaintext is said outright, everywhere", () => {
    expect(shortWords("plaintext", undefined, language)).toMatch(said.not);
    expect(longWords("plaintext", {}, language)).toMatch(said.not);
    expect(longWords("plaintext", {}, language)).toMatch(said.anyone);
    expect(longWords("plaintext", { facts: facts({ link: link({ verified: false }) }) }, language)).toMatch(said.not);
    expect(composerPlaceholder("plaintext", "#chan", undefined, language)).toMatch(said.not);
    expect(whereReadable("plaintext", { facts: irc }, language).join("; ")).toMatch(said.anyone);
  });

  test("who reads along is named: the server, those behind it, the room", () => {
    const words = longWords("server-reads", { facts: irc }, language);
    for (const part of [said.server, said.pass, said.room, /irc\.example\.org/]) expect(words).toMatch(part);
    expect(words).not.toMatch(/Ende-zu-Ende|End-to-end/);
    expect(shortWords("server-reads", undefined, language)).toMatch(said.server);
    expect(composerPlaceholder("server-reads", "#chan", undefined, language)).toMatch(said.server);
  });

  test("the home PC that decrypts is named, and a contact in wrong hands", () => {
    for (const words of [longWords("e2ee-at-bridge", { peer: "Alice" }, language), shortWords("e2ee-at-bridge", undefined, language)])
      expect(words).toMatch(said.home);
    expect(longWords("e2ee-device", { trust: "compromised" }, language)).toMatch(said.wrong);
    expect(trustWords("compromised", language).short).toMatch(said.wrong);
  });

  test("as many places can read it, and as many facts are told, as in English", () => {
    for (const label of LABELS)
      for (const trust of [undefined, "validated" as const])
        expect(whereReadable(label, { facts: irc, trust }, language)).toHaveLength(whereReadable(label, { facts: irc, trust }).length);
    fc.assert(
      fc.property(anyFacts, fc.constantFrom(...LABELS), (one, label) => {
        expect(describeFacts(one, language)).toHaveLength(describeFacts(one).length);
        const sentences = (text: string) => text.split(". ").length;
        expect(sentences(longWords(label, { facts: one }, language))).toBe(sentences(longWords(label, { facts: one })));
      }),
    );
  });
});
