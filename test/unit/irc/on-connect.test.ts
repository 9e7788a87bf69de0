import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InProcess } from "../../servers/plugin-under-test.ts";
import { type LineConnection, type LineServer, lineServer } from "./line-server.ts";
import { inProcess } from "./rig.ts";

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

async function online(config: Record<string, string> = {}): Promise<void> {
  plugin = inProcess(server.port, config);
  await plugin.start();
  connection = await (await server.accept()).greet();
}

describe("lines to say on connecting", () => {
  test("are said in their order, each time, before the channels are joined", async () => {
    await online({ perform: "/msg NickServ IDENTIFY pass word\n\nMODE alice +i\r\n" });
    expect(await connection.next(/PRIVMSG|MODE/)).toBe("PRIVMSG NickServ :IDENTIFY pass word");
    expect(await connection.next(/MODE/)).toBe("MODE alice +i");
    const opened = plugin.open("#a");
    await connection.admit("#a");
    await opened;
    connection.socket.destroy();
    const again = await (await server.accept()).greet();
    await again.next(/JOIN/);
    expect(again.lines.findIndex((line) => line.startsWith("MODE"))).toBeLessThan(again.lines.findIndex((line) => line.startsWith("JOIN")));
  });

  test.each(["QUIT :bye", "MODE a\nCAP END", "x\0y", Array.from({ length: 21 }, () => "MODE alice +i").join("\n")])(
    "%j is no such line: the setting is named, and nothing connects",
    async (perform) => {
      plugin = inProcess(server.port, { perform });
      await plugin.start();
      expect(plugin.host.states).toMatchObject([{ state: "bad-credentials", error: { message: expect.stringContaining('"perform"') } }]);
    },
  );
});

describe("programs that ask (CTCP)", () => {
  const asks = (text: string, target = "alice", nick = "bob") => connection.send(`:${nick}!b@h PRIVMSG ${target} :\x01${text}\x01`);
  const answers = () => connection.lines.filter((line) => line.startsWith("NOTICE "));
  const settled = async () => {
    connection.send("PING :settled");
    await connection.next(/PONG :settled/);
  };

  test("get three answers at once and no more; the time, the machine and the person are nobody's business", async () => {
    await online();
    asks("VERSION");
    expect(await connection.next(/NOTICE/)).toBe("NOTICE bob :\x01VERSION Homeport\x01");
    asks("PING 12345");
    expect(await connection.next(/NOTICE/)).toBe("NOTICE bob :\x01PING 12345\x01");
    for (const what of ["TIME", "USERINFO", "FINGER", "SOURCE"]) asks(what);
    asks("VERSION", "#a");
    asks(`PING ${"x".repeat(200)}`);
    for (let n = 0; n < 50; n++) asks("VERSION");
    await settled();
    await settled();
    expect(answers()).toHaveLength(3);
  });

  test("a file is refused with a clear word, and gets no answer", async () => {
    await online();
    asks("DCC SEND photo.jpg 2130706433 5000 1234");
    const { body } = await plugin.host.event("message", (event) => event.body.text.includes("DCC"));
    expect(body.text).toContain("a file (photo.jpg)");
    await settled();
    expect(answers()).toEqual([]);
  });

  test("nobody gets one where the person does not want it", async () => {
    await online({ ctcp: "no" });
    asks("VERSION");
    await settled();
    expect(answers()).toEqual([]);
  });
});

test("who is logged in asks the services once for the nick that somebody holds", async () => {
  plugin = inProcess(server.port, { sasl: "ali", password: "pw" });
  await plugin.start();
  connection = await server.accept();
  connection.send(":s 433 * alice :in use", ":s CAP * LS :sasl=PLAIN");
  await connection.next(/CAP REQ/);
  connection.send(":s CAP * ACK :sasl");
  await connection.next(/AUTHENTICATE PLAIN/);
  connection.send("AUTHENTICATE +", ":s 903 alice_ :ok");
  await connection.next(/CAP END/);
  connection.welcome({ nick: "alice_" });
  await connection.next(/^PRIVMSG NickServ :GHOST alice$/);
  const token = (await connection.next(/^PING q-/)).slice(5);
  connection.send(`:s PONG s :${token}`);
  await connection.next(/^NICK alice$/);
});
