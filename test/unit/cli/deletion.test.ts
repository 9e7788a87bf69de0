import { afterAll, beforeAll, expect, test } from "vitest";
import { json, type RunOptions, runCli } from "./run-cli.ts";
import { type TestDevice, testDevice } from "./test-device.ts";

const asked: object[] = [];
let device: TestDevice;

beforeAll(async () => {
  device = await testDevice({
    chats: async () => [],
    "message.delete": async (params) => {
      asked.push(params);
      return params.messages.map((id, n) => ({ id, network: n === 0 ? "irc" : null }));
    },
    "chat.delete": async (params) => {
      asked.push(params);
      return params;
    },
    late: async () => [{ conversation: "con_1", name: "#rust", count: 3, first: 1_700_000_000_000, last: 1_700_000_060_000 }],
    "late.keep": async ({ device: id }) => ({ device: id, kept: 3 }),
    "late.drop": async ({ device: id }) => ({ device: id, dropped: 1 }),
  });
});
afterAll(() => device.close());

const run = (args: string[], options: RunOptions = {}) => runCli(args, { data: device.data, ...options });

test("`delete` takes several messages, and says which network keeps its copy", async () => {
  expect(json(await run(["delete", "msg_1", "msg_2", "--json"]))).toEqual([
    { id: "msg_1", network: "irc" },
    { id: "msg_2", network: null },
  ]);
  expect(asked.at(-1)).toEqual({ messages: ["msg_1", "msg_2"] });
  expect((await run(["delete", "msg_1"])).stdout).toBe(
    "Deleted on all your devices. What was sent by irc stays there: nobody can take it back.\n",
  );
});

test("`delete` of a conversation says what becomes of later messages", async () => {
  expect(json(await run(["delete", "con_1", "--json"]))).toEqual({ conversation: "con_1", later: "reopen" });
  expect((await run(["delete", "con_1", "--block"])).stdout).toContain("Nothing of it comes in any more");
  expect(asked.at(-1)).toEqual({ conversation: "con_1", later: "block" });
});

test("messages and conversations are not mixed, and --block is for conversations", async () => {
  for (const args of [
    ["delete", "msg_1", "con_1"],
    ["delete", "con_1", "con_2"],
    ["delete", "msg_1", "--block"],
  ])
    expect((await run(args)).code).toBe(2);
});

test("C3: `device late` lists by conversation, keeps or drops, and not both", async () => {
  expect(json(await run(["device", "late", "dev_a", "--json"]))).toMatchObject([{ conversation: "con_1", count: 3 }]);
  const text = (await run(["device", "late", "dev_a"])).stdout;
  expect(text).toContain("#rust");
  expect(text).toContain("--keep");
  expect((await run(["device", "late", "dev_a", "--keep"])).stdout).toBe("3 messages shown now.\n");
  expect((await run(["device", "late", "dev_a", "--drop"])).stdout).toBe("1 message deleted.\n");
  expect((await run(["device", "late", "dev_a", "--keep", "--drop"])).code).toBe(2);
});
