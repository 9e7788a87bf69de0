import irc, { type IrcMessage } from "irc-framework";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Batches } from "../../../src/bridges/irc/batches.ts";
import { DEFAULT_SUPPORT, isChannel, withoutStatus, withSupport } from "../../../src/bridges/irc/isupport.ts";
import { lineId, messageId, PlaybackIds } from "../../../src/bridges/irc/keys.ts";
import { alternativeNick } from "../../../src/bridges/irc/nicks.ts";
import { readListed, roleOf } from "../../../src/bridges/irc/roles.ts";
import { refusalOf } from "../../../src/bridges/irc/send-errors.ts";
import { serverTime } from "../../../src/bridges/irc/server-time.ts";

const line = (text: string): IrcMessage => irc.ircLineParser(text);

describe("RPL_ISUPPORT", () => {
  test("is read as far as it is used", () => {
    const support = withSupport(DEFAULT_SUPPORT, [
      "CASEMAPPING=ascii",
      "CHANTYPES=#",
      "PREFIX=(qaohv)~&@%+",
      "CHANMODES=IXbegw,k,FHJLdfjl,ACKMN",
      "STATUSMSG=~&@%+",
      "NICKLEN=30",
      "HOSTLEN=64",
      "TARGMAX=ACCEPT:,JOIN:2,KICK:1",
      "NETWORK=TestNet",
    ]);
    expect(support).toMatchObject({
      caseMapping: "ascii",
      channelTypes: "#",
      nickLength: 30,
      hostLength: 64,
      joinTargets: 2,
      network: "TestNet",
    });
    expect(support.prefixes.map(({ symbol, mode }) => mode + symbol)).toEqual(["q~", "a&", "o@", "h%", "v+"]);
    expect(support.modesWithParameter).toEqual({ always: "IXbegwk", whenSet: "FHJLdfjl" });
    expect([isChannel("#a", support), isChannel("&a", support), isChannel("#", support)]).toEqual([true, false, false]);
    expect([withoutStatus("@#a", support), withoutStatus("#a", support), withoutStatus("@bob", support)]).toEqual(["#a", "#a", "@bob"]);
  });

  test("nonsense leaves it as it was", () => {
    const token = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom("PREFIX", "CHANMODES", "NICKLEN", "TARGMAX", "CASEMAPPING", "__proto__"), fc.string())
        .map((pair) => pair.join("=")),
    );
    fc.assert(
      fc.property(fc.array(token), (tokens) => {
        const support = withSupport(DEFAULT_SUPPORT, tokens);
        expect(support.nickLength).toBeGreaterThan(0);
        expect(support.joinTargets).toBeGreaterThan(0);
        expect(typeof roleOf("o", support)).toMatch(/string|undefined/);
      }),
    );
    expect(withSupport(DEFAULT_SUPPORT, ["NICKLEN", "NICKLEN=-1", "HOSTLEN=99999999", "PREFIX", "CHANMODES"])).toMatchObject({
      nickLength: 30,
      hostLength: 63,
      modesWithParameter: DEFAULT_SUPPORT.modesWithParameter,
    });
  });

  test("names in lists bring their ranks and may bring their hosts", () => {
    expect(readListed("@+alice!a@host", DEFAULT_SUPPORT)).toEqual({ nick: "alice", modes: "ov" });
    expect(readListed("bob", DEFAULT_SUPPORT)).toEqual({ nick: "bob", modes: "" });
    expect([readListed("@", DEFAULT_SUPPORT), readListed("", DEFAULT_SUPPORT)]).toEqual([undefined, undefined]);
    expect([roleOf("vo", DEFAULT_SUPPORT), roleOf("v", DEFAULT_SUPPORT), roleOf("", DEFAULT_SUPPORT)]).toEqual([
      "operator",
      "voice",
      undefined,
    ]);
  });
});

describe("batches", () => {
  const opened = (batches: Batches, text: string) => batches.take(line(text));

  test("a batch within a batch belongs to the playback and answers the label around it", () => {
    const batches = new Batches();
    opened(batches, "@label=L1 :s BATCH +outer labeled-response");
    opened(batches, "@batch=outer :s BATCH +inner chathistory #a");
    const inner = batches.of(line("@batch=inner :bob!b@h PRIVMSG #a :hello"));
    expect(inner).toMatchObject({ type: "chathistory", label: "L1", depth: 2 });
    expect(inner?.playback).toBeDefined();
    expect(opened(batches, ":s BATCH -inner")?.parent?.label).toBe("L1");
    expect(opened(batches, ":s BATCH -outer")?.label).toBe("L1");
    expect(batches.of(line("@batch=inner :bob!b@h PRIVMSG #a :late"))).toBeUndefined();
  });

  test("a server that opens thousands is not believed", () => {
    const batches = new Batches();
    for (let n = 0; n < 10_000; n++) opened(batches, `:s BATCH +${n} netsplit`);
    expect(batches.of(line("@batch=99 :s PING a"))).toBeDefined();
    expect(batches.of(line("@batch=5000 :s PING a"))).toBeUndefined();
    expect(opened(batches, ":s BATCH -5000")).toBeUndefined();
    expect(opened(batches, ":s BATCH")).toBeUndefined();
  });
});

describe("keys", () => {
  const played = { conv: "#a", ts: 1000, nick: "bob", text: "hello" };

  test("the same playback gives the same ids on each connection, and different ones for what was said twice", () => {
    const [first, second] = [new PlaybackIds(), new PlaybackIds()];
    const ids = [first.next(played), first.next(played), first.next({ ...played, text: "other" })];
    expect(new Set(ids).size).toBe(3);
    expect([second.next(played), second.next(played), second.next({ ...played, text: "other" })]).toEqual(ids);
  });

  test("no two likenesses fall together", () => {
    const part = fc.record({ conv: fc.string(), ts: fc.nat(), nick: fc.string(), text: fc.string() });
    fc.assert(
      fc.property(part, part, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(new PlaybackIds().next(one) === new PlaybackIds().next(other)).toBe(same);
      }),
    );
  });

  test("every id fits the contract, however long the server's is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 9000 }), (id) => {
        expect(Buffer.byteLength(messageId(id))).toBeLessThanOrEqual(512);
      }),
    );
    expect(messageId("abc")).toBe("abc");
    expect(messageId("x".repeat(300))).not.toBe(messageId(`${"x".repeat(300)}y`));
    expect(lineId("n", 1)).not.toBe(lineId("n", 2));
  });
});

describe("server time", () => {
  test.each([
    ["2026-11-22T21:27:50.123Z", Date.UTC(2026, 10, 22, 21, 27, 50, 123)],
    ["+275760-09-13T00:00:00.000Z", undefined],
    ["-000001-01-01T00:00:00Z", undefined],
    ["yesterday", undefined],
    ["", undefined],
  ])("%s", (time, ms) => {
    expect(serverTime(line(`@time=${time} :s PING a`))).toBe(ms);
  });
});

describe("refusals", () => {
  test.each([
    [":s 401 alice bob :No such nick", "not-found", "There is nobody called bob on the network."],
    [":s 404 alice #a :You cannot send messages (+m)", "forbidden", "#a does not take this message: You cannot send messages (+m)"],
    [":s 474 alice #a :banned", "forbidden", "You are banned from #a."],
    [":s 482 alice #a :not op", "forbidden", "Only operators of #a may do this."],
    [":s 707 alice bob :too fast", "rate", "You are writing to new people too quickly."],
    [":s 599 alice x :strange", "forbidden", "The server refused: strange"],
    [":s FAIL PRIVMSG INVALID_TARGET bob :Nope", "forbidden", "The server refused: Nope"],
  ])("%s", (text, code, message) => {
    expect(refusalOf(line(text), "#a")?.error.data).toEqual({ code, sent: "no", message, action: "none" });
  });

  test.each([":bob!b@h PRIVMSG #a :hi", ":s 301 alice bob :away", ":s PONG s x", ":s 375 alice :motd"])("no refusal: %s", (text) => {
    expect(refusalOf(line(text), "#a")).toBeUndefined();
  });

  test("words of the server cannot be long or move the cursor", () => {
    const data = refusalOf(line(`:s 404 alice #a :${"\x1b[2J".repeat(2000)}`), "#a")?.error.data;
    expect(data?.message).not.toMatch(/\x1b/);
    expect(data?.message.length).toBeLessThan(300);
  });
});

describe("other nicks", () => {
  test("they differ, and none is longer than the server takes", () => {
    const nicks = [1, 2, 3, 4, 5, 6].map((attempt) => alternativeNick("alice", attempt, 6));
    expect(new Set([...nicks, "alice"]).size).toBe(7);
    expect(Math.max(...nicks.map((nick) => nick.length))).toBeLessThanOrEqual(6);
    expect(nicks.slice(0, 2)).toEqual(["alice_", "alic__"]);
  });
});
