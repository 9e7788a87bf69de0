import type { Element } from "@xmpp/client";
import { describe, expect, test } from "vitest";
import { parseJid, typedJid } from "../../../src/bridges/xmpp/jids.ts";
import { Scram } from "../../../src/bridges/xmpp/scram.ts";
import { StanzaReader } from "../../../src/bridges/xmpp/stanza-reader.ts";
import { messageText } from "../../../src/bridges/xmpp/texts.ts";
import { el, serialize } from "../../../src/bridges/xmpp/xml.ts";
import { StreamManagement } from "../../../src/bridges/xmpp/xep-0198-stream-management.ts";
import { delayStamp } from "../../../src/bridges/xmpp/xep-0203-delay.ts";
import { archiveIdIn, messageName, namesIn } from "../../../src/bridges/xmpp/xep-0359-stanza-ids.ts";
import { withoutFallback } from "../../../src/bridges/xmpp/xep-0461-replies.ts";

const HEADER = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

function reader() {
  const stanzas: Element[] = [];
  const of = new StanzaReader({ stanza: (stanza) => stanzas.push(stanza), ended: () => undefined });
  const push = (text: string) => of.push(Buffer.from(text));
  push(HEADER);
  return { stanzas, push, of };
}

describe("reading a stream", () => {
  test("stanzas come whole, however the bytes are cut", () => {
    const { stanzas, of } = reader();
    const bytes = Buffer.from("<message><body>Grüße 😀 &lt;b&gt; &#x41;</body></message> <presence/>");
    for (const byte of bytes) of.push(Uint8Array.of(byte));
    expect(stanzas.map((stanza) => stanza.getName())).toEqual(["message", "presence"]);
    expect(stanzas[0]?.getChild("body")?.getText()).toBe("Grüße 😀 <b> A");
  });

  test("entities that are not XML's own, forbidden characters and tags that do not match end it", () => {
    const hostile = [
      "<message><body>&lol;</body></message>",
      "<message><body>&#0;</body></message>",
      "<message></presence>",
      "</a></b></c>",
    ];
    for (const text of hostile) expect(() => reader().push(text), text).toThrow(Error);
  });

  test("a stanza that is too large, too deep or too wide ends it, before it fills the memory", () => {
    const endless = reader();
    endless.push("<message><body>");
    expect(() => {
      for (let n = 0; n < 200; n++) endless.push("x".repeat(16_000));
    }).toThrow("too large");
    expect(() => reader().push("<a>".repeat(100))).toThrow("too deep or too wide");
    expect(() => reader().push(`<a>${"<b/>".repeat(30_000)}</a>`)).toThrow("too deep or too wide");
  });

  test("many stanzas in one piece are not too large", () => {
    const { stanzas, push } = reader();
    push(`<message><body>${"x".repeat(1_000)}</body></message>`.repeat(3_000));
    expect(stanzas).toHaveLength(3_000);
  });

  test("what came behind the last stanza shows", () => {
    const { push, of } = reader();
    push("<features/>\n");
    expect(of.isBetween).toBe(true);
    push("<iq");
    expect(of.isBetween).toBe(false);
  });
});

test("whatever a text holds goes out as one element", () => {
  const hostile = "</body></message><presence/>\0\u001b\ud800 & \"'";
  const { stanzas, push } = reader();
  push(serialize(el("message", { to: hostile }, el("body", {}, hostile))));
  expect(stanzas).toHaveLength(1);
  expect(stanzas[0]?.getChild("body")?.getText()).toBe("</body></message><presence/>\ufffd\ufffd\ufffd & \"'");
});

describe("SCRAM", () => {
  const credentials = { username: "user", password: "pencil" };
  const sha1 = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
  const sha256 = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

  test("answers as in RFC 5802, section 5, and RFC 7677, section 3, and checks the server's proof", async () => {
    const one = new Scram("SCRAM-SHA-1", credentials, "fyko+d2lbbFgONRv9qkxdawL");
    expect(one.first()).toBe("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
    expect(await one.answer(sha1)).toBe("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    expect([one.verify("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), one.verify("v=rmF9pqV8S7suAoZWja4dJRkFsKA="), one.verify("")]).toEqual([
      true,
      false,
      false,
    ]);
    const two = new Scram("SCRAM-SHA-256", credentials, "rOprNGfwEbeRWgbNEkqO");
    expect(await two.answer(sha256)).toMatch(/,p=dHzbZapWIk4jUhN\+Ute9ytag9zjfMHgsqmmiz7AndVQ=$/);
    expect(two.verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")).toBe(true);
  });

  test("refuses what a server that knows the password would not say", async () => {
    const answer = (challenge: string) => new Scram("SCRAM-SHA-1", credentials, "fyko+d2lbbFgONRv9qkxdawL").answer(challenge);
    const bad = [
      sha1.replace("r=fyko", "r=other"),
      sha1.replace("i=4096", "i=1"),
      sha1.replace("i=4096", "i=999999999"),
      `m=x,${sha1}`,
      sha1.replace("3rfcNHYJY1ZVvWVs7j", ""),
    ];
    for (const challenge of bad) await expect(answer(challenge), challenge).rejects.toThrow("the server's");
  });
});

describe("names", () => {
  test("addresses are compared without case, and what is none is refused", () => {
    expect(parseJid("Alice@Example.ORG/Phone")).toEqual({ local: "alice", domain: "example.org", resource: "Phone" });
    for (const none of ["", "@example.org", "a b@example.org", "a@", "a@b/", "a@<b>", `a@${"b".repeat(600)}`, "a\u202eb c@x"])
      expect(parseJid(none), none).toBeUndefined();
    expect(typedJid(" xmpp:bob@example.org?message ")).toMatchObject({ local: "bob", domain: "example.org" });
    expect(() => typedJid("bob")).toThrow("not an address");
  });

  test("an id of an archive counts only in its name, once", () => {
    const message = (...ids: Element[]) => el("message", {}, ...ids);
    const sid = (by: string, id: string) => el("stanza-id", { xmlns: "urn:xmpp:sid:0", by, id });
    expect(archiveIdIn(message(sid("alice@a.example", "1"), sid("eve@b.example", "2")), "alice@a.example")).toBe("1");
    expect(archiveIdIn(message(sid("alice@a.example", "1"), sid("alice@a.example", "2")), "alice@a.example")).toBeUndefined();
    expect(namesIn(messageName("a|b", "w"))).toEqual({ archiveId: "a|b", wireId: "w" });
    expect(namesIn(messageName(undefined, "x".repeat(900))).wireId).toBeUndefined();
    expect(Buffer.byteLength(messageName("ü".repeat(900), "x".repeat(900)))).toBeLessThan(512);
  });

  test("when something was said counts only from who may say so", () => {
    const delay = (from: string, stamp: string) => el("message", {}, el("delay", { xmlns: "urn:xmpp:delay", from, stamp }));
    expect(delayStamp(delay("example.org", "2026-01-02T03:04:05Z"), ["example.org"])).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
    for (const [from, stamp] of [
      ["eve@example.org", "2026-01-02T03:04:05Z"],
      ["example.org", "yesterday"],
      ["example.org", "9999-01-01T00:00:00Z"],
    ] as const)
      expect(delayStamp(delay(from, stamp), ["example.org"])).toBeUndefined();
  });
});

test("texts keep what can be shown; the quotation of a reply is left out", () => {
  expect(messageText("/me waves\r\n\u001b[2J")).toEqual({ style: "action", text: "waves\n\ufffd[2J" });
  const range = (start: string, end: string) =>
    el("message", {}, el("fallback", { xmlns: "urn:xmpp:fallback:0", for: "urn:xmpp:reply:0" }, el("body", { start, end })));
  expect(withoutFallback(range("0", "5"), "> 😀!\nyes")).toBe("yes");
  for (const [start, end] of [
    ["-1", "5"],
    ["9", "2"],
    ["0", "99999"],
    ["x", "y"],
  ] as const)
    expect(withoutFallback(range(start, end), "> hi\nyes")).toBe("> hi\nyes");
});

test("stream management counts what is stored, and believes no count that cannot be", () => {
  const said: string[] = [];
  const sm = new StreamManagement((element) => said.push(element.toString()) > 0, "a@b/c");
  const server = (name: string, attributes: Record<string, string>) => sm.take(el(name, { xmlns: "urn:xmpp:sm:3", ...attributes }));
  sm.enable();
  server("enabled", { id: "x", resume: "true" });
  const acknowledged: number[] = [];
  for (const n of [1, 2, 3]) sm.sent(() => acknowledged.push(n));
  server("a", { h: "99" });
  server("a", { h: "nonsense" });
  expect(acknowledged).toEqual([]);
  server("a", { h: "2" });
  expect(acknowledged).toEqual([1, 2]);
  sm.received();
  sm.received();
  server("r", {});
  expect(said.at(-1)).toContain('h="0"');
  sm.stored(2);
  server("r", {});
  expect(said.at(-1)).toContain('h="2"');
  expect(sm.state(2)).toEqual({ id: "x", full: "a@b/c", handled: 2 });
});
