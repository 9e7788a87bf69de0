import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CommandAnswer } from "../../../src/bridges/contract/index.ts";
import type { BridgeError } from "../../../src/bridges/kit/index.ts";
import type { InProcess } from "../../servers/plugin-under-test.ts";
import { type LineConnection, type LineServer, lineServer } from "./line-server.ts";
import { inProcess, manifest } from "./rig.ts";

let server: LineServer;
let plugin: InProcess;
let connection: LineConnection;

beforeEach(async () => {
  server = await lineServer();
});
afterEach(async () => {
  await plugin[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function online(caps: string[] = []): Promise<void> {
  plugin = inProcess(server.port);
  await plugin.start();
  connection = await (await server.accept()).greet({ caps });
  const opened = plugin.open("#a");
  await connection.admit("#a", "@alice bob");
  await opened;
}

const run = (name: string, args = "", conv?: string): Promise<CommandAnswer | string> =>
  plugin.command({ name, args, ...(conv === undefined ? {} : { conv }) }).catch((error: unknown) => (error as BridgeError).data.message);

/** The line of the command, and the token of the PING behind it. */
async function asked(pattern: RegExp): Promise<{ line: string; token: string }> {
  const line = await connection.next(pattern);
  const token = (await connection.next(/^PING q-/)).slice("PING ".length);
  return { line, token };
}

describe("commands of the network", () => {
  test("each of the manifest's commands is known", async () => {
    await online();
    for (const { name } of manifest.commands ?? []) {
      const answer = await Promise.race([run(name, "::", "#a"), Promise.resolve("under way")]);
      expect(answer, name).not.toBe("IRC has no such command.");
    }
  });

  test("without labels: what answers is told from what does not, and the PING behind it ends the answer", async () => {
    await online();
    const answer = run("whois", "bob");
    const { line, token } = await asked(/WHOIS/);
    expect(line).toBe("WHOIS bob bob");
    connection.send(
      ":irc.test 311 alice bob bobby host.test * :Bob \x0304B.",
      ":carol!c@h PRIVMSG #a :meanwhile",
      ":irc.test 317 alice bob 4210 1700000000 :seconds idle, signon time",
      ":irc.test 330 alice bob bobacc :is logged in as",
      ":irc.test 318 alice bob :End of /WHOIS list.",
      `:irc.test PONG irc.test :${token}`,
    );
    expect(await answer).toEqual({
      text: "name: bobby@host.test, Bob B.\nidle: 1 h 10 min, connected since 2023-11-14T22:13:20.000Z\naccount: bobacc",
      rows: expect.arrayContaining([{ fact: "account", value: "bobacc" }]),
    });
    await plugin.host.message("meanwhile");
    expect(plugin.host.texts("*server").filter((text) => text.includes("WHOIS"))).toEqual([]);
  });

  test("with labels: only what bears the label answers", async () => {
    await online(["batch", "labeled-response"]);
    const answer = run("whois", "bob");
    const { line, token } = await asked(/WHOIS/);
    expect(line).toBe(`@label=${token} WHOIS bob bob`);
    connection.send(
      ":irc.test 311 alice bob wrong host.test * :of somebody else's question",
      `@label=${token} :irc.test BATCH +b labeled-response`,
      "@batch=b :irc.test 311 alice bob right host.test * :Bob",
      ":irc.test BATCH -b",
      `:irc.test PONG irc.test :${token}`,
    );
    expect(await answer).toMatchObject({ rows: [{ fact: "name", value: "right@host.test, Bob" }] });
  });

  test("a refusal is a sentence, and nothing that anybody else waits for", async () => {
    await online();
    const answer = run("kick", "bob get out", "#a");
    const { line, token } = await asked(/^KICK/);
    expect(line).toBe("KICK #a bob :get out");
    connection.send(":irc.test 482 alice #a :You're not channel operator", `:irc.test PONG irc.test :${token}`);
    expect(await answer).toBe("Only operators of #a may do this.");
  });

  test("a server that does not answer, and a connection that breaks, end it", async () => {
    await online();
    const silence = run("whois", "bob");
    await connection.next(/WHOIS bob/);
    expect(await silence).toBe("The server has not answered in time.");
    const broken = run("topic", "", "#a");
    await connection.next(/TOPIC/);
    connection.socket.destroy();
    expect(await broken).toBe("The connection broke before the server had answered.");
    expect(await run("whois", "bob")).toMatch(/no connection/);
  });

  test("the list of channels is bounded, largest first, and searched by name and topic", async () => {
    await online();
    const answer = run("list", "cats");
    const { token } = await asked(/^LIST/);
    const listed = (name: string, people: number, topic: string) => `:irc.test 322 alice ${name} ${people} :${topic}`;
    const many = Array.from({ length: 1_500 }, (_, n) => listed(`#cats${n}`, n, "miaow"));
    connection.send(listed("#dogs", 90_000, "no felines"), listed("#pets", 80_000, "dogs and CATS"), ...many, ":irc.test 323 alice :End");
    connection.send(`:irc.test PONG irc.test :${token}`);
    const { rows, text } = (await answer) as CommandAnswer;
    expect(rows).toHaveLength(500);
    expect(rows?.[0]).toEqual({ channel: "#pets", people: "80000", topic: "dogs and CATS" });
    expect(rows?.[1]).toMatchObject({ channel: "#cats1499" });
    expect(text).toContain("1001 more are not shown");
  });

  test("what could be another command is refused before it is written", async () => {
    await online();
    for (const args of ["QUIT :bye", "x\r\nQUIT", "CAP END"])
      expect(await run("raw", args)).toMatch(/leaves the connection alone|line break/);
    expect(await run("kick", "", "#a")).toBe("Say whom to put out, e.g. /kick bob.");
    expect(await run("op", ":x", "#a")).toBe("Say who.");
    expect(connection.lines.some((line) => /QUIT|KICK|MODE/.test(line))).toBe(false);
  });
});
