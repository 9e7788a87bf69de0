import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { textLimit } from "../../../src/bridges/irc/conv-info.ts";
import { action } from "../../../src/bridges/irc/ctcp.ts";
import { DEFAULT_SUPPORT } from "../../../src/bridges/irc/isupport.ts";
import { NICK_GROWTH, prefixBytes, roomForText } from "../../../src/bridges/irc/self.ts";
import { splitText } from "../../../src/bridges/kit/index.ts";

const word = fc.string({ minLength: 1, maxLength: 30 }).map((text) => text.replaceAll(/[^\x21-\x7e]/g, "x"));
const self = fc.record({ nick: word, user: fc.option(word, { nil: undefined }), host: fc.option(word, { nil: undefined }) });

describe("how much fits into a line", () => {
  test("the largest text makes, with the prefix that others see, a line of exactly 512 bytes", () => {
    fc.assert(
      fc.property(self, word, fc.constantFrom("text", "action", "notice"), (me, target, style) => {
        const known = {
          nick: me.nick,
          user: me.user ?? "x".repeat(DEFAULT_SUPPORT.userLength + 1),
          host: me.host ?? "x".repeat(DEFAULT_SUPPORT.hostLength),
        };
        const text = "y".repeat(roomForText(prefixBytes(me, DEFAULT_SUPPORT), target, style));
        const verb = style === "notice" ? "NOTICE" : "PRIVMSG";
        const relayed = `:${known.nick}!${known.user}@${known.host} ${verb} ${target} :${style === "action" ? action(text) : text}\r\n`;
        expect(Buffer.byteLength(relayed)).toBe(512);
      }),
    );
  });

  test("parts of any text fit, also under a nick that is two characters longer, and lose nothing but spaces at the cuts", () => {
    const texts = fc.string({ unit: "grapheme", maxLength: 3000 });
    fc.assert(
      fc.property(self, texts, fc.constantFrom("text", "action", "notice"), (me, text, style) => {
        const maxBytes = textLimit("#channel", style, { self: me, support: DEFAULT_SUPPORT });
        const parts = splitText(text, { maxBytes });
        const room = roomForText(prefixBytes({ ...me, nick: `${me.nick}__` }, DEFAULT_SUPPORT), "#channel", style);
        expect(NICK_GROWTH).toBe(2);
        for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(room);
        expect(parts.join("").replaceAll(/\s/g, "")).toBe(text.toWellFormed().replaceAll(/\s/g, ""));
      }),
    );
  });
});
