import irc from "irc-framework";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../../src/bridges/irc/config.ts";
import { closedByServer, saslFailed } from "../../../src/bridges/irc/failures.ts";
import { type Progress, Registration } from "../../../src/bridges/irc/registration.ts";

const PLAIN = { host: "irc.test", nick: "alice" };
const SASL = { ...PLAIN, sasl: "ali", password: "pw" };

function after(fields: Record<string, string>, ...lines: string[]): Progress | undefined {
  const registration = new Registration(readConfig(fields));
  return lines.map((line) => registration.take(irc.ircLineParser(line))).at(-1);
}

describe("registration", () => {
  test("ends with the end of the greeting, and knows the server by then", () => {
    const progress = after(
      PLAIN,
      ":s 001 alice :Welcome alice!a@host",
      ":s 005 alice CASEMAPPING=ascii NICKLEN=9 :are",
      ":s 422 alice :No MOTD",
    );
    expect(progress).toMatchObject({
      state: "registered",
      nick: "alice",
      prefix: "alice!a@host",
      support: { caseMapping: "ascii", nickLength: 9 },
    });
  });

  test("a taken nick leads to others, and after six of them to the end", () => {
    const taken = ":s 433 * alice :in use";
    expect(after(PLAIN, taken)).toEqual({ state: "going-on", write: "NICK alice_" });
    expect(after(PLAIN, ...Array.from({ length: 7 }, () => taken))).toMatchObject({ state: "failed", failure: { retry: "soon" } });
  });

  test.each([
    ["a nick that the server does not know how to take", ":s 432 * alice :Erroneous nickname", "never", "check-settings"],
    ["a wrong password", ":s 464 alice :Password incorrect", "never", "relogin"],
    ["a ban", ":s 465 alice :You are banned", "later", "open-native"],
    ["a full server", "ERROR :Closing Link: server is full, try again later", "later", "none"],
    ["a ban in other words", "ERROR :Closing Link: alice (K-Lined)", "later", "open-native"],
    ["throttling", "ERROR :Trying to reconnect too fast.", "later", "none"],
    ["anything else", "ERROR :Closing Link: bye", "soon", "none"],
  ])("%s", (_what, line, retry, action) => {
    expect(after(PLAIN, line)).toMatchObject({ state: "failed", failure: { retry, error: { action, sent: "no" } } });
  });

  test("with SASL nobody gets in who is not logged in", () => {
    expect(after(SASL, ":s 001 alice :Welcome")).toMatchObject({ state: "failed", failure: { retry: "soon", error: { code: "auth" } } });
    expect(after(SASL, ":s 903 alice :SASL successful", ":s 001 alice :Welcome", ":s 376 alice :End")).toMatchObject({
      state: "registered",
    });
    expect(after(SASL, ":s 900 * a!b@c ali :logged in", ":s 001 alice :Welcome", ":s 376 alice :End")).toMatchObject({
      state: "registered",
    });
  });

  test.each([
    ["fail", "SASL authentication failed", "never"],
    ["fail", "SASL authentication timed out", "soon"],
    ["fail", "Services are unavailable", "soon"],
    ["nick_locked", undefined, "never"],
    ["capability_missing", undefined, "soon"],
    ["unsupported_mechanism", undefined, "soon"],
  ])("SASL %s (%s): %s", (reason, words, retry) => {
    expect(saslFailed("irc.test", reason, words)).toMatchObject({ retry, error: { code: "auth" } });
  });

  test("what a server says is one clean sentence of ours with its words", () => {
    const { error } = closedByServer("irc.test", `Closing Link:\x1b[2J ${"x".repeat(5000)}`);
    expect(error.message).toMatch(/^irc\.test closed the connection: /);
    expect(error.message).not.toMatch(/\x1b/);
    expect(error.message.length).toBeLessThan(300);
  });
});
