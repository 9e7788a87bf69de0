import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { Conversation, StoredEntry } from "../../../src/sync/core.ts";
import { deleteConversation, deleteEntries } from "../../../src/sync/deletion/delete.ts";
import { Rig } from "./harness/rig.ts";
import { message, type ScriptedProcess } from "./harness/scripted-network.ts";
import { rest } from "./harness/test-clock.ts";

let rig: Rig;
let conversation: Conversation;
let process: ScriptedProcess;

beforeEach(async () => {
  rig = await Rig.make();
  ({ conversation, process } = await rig.withChannel());
});
afterEach(() => rig.dispose());

const remove = (...entries: StoredEntry[]): void => rig.core.transact((writer) => deleteEntries(writer, entries));
const removeChat = (after: "reopen" | "block" = "reopen"): void =>
  rig.core.transact((writer) => deleteConversation(writer, rig.core.cuts, conversation, after));
const lines = () => rig.bodies(conversation, KIND.bridged).filter(({ body }) => body !== undefined);
const texts = () => lines().map(({ body }) => (body as { text: string }).text);
const infos = () => rig.bodies(conversation, KIND.conversationInfo).filter(({ body }) => body !== undefined);
const parts = () => rig.core.sql.all<{ entry: number; part: number; detail: Uint8Array }>("select entry, part, detail from bridge_part");
const opened = () =>
  parts().map(({ entry, part, detail }) => Buffer.from(rig.core.open("bridge_part", `${entry}/${part}`, "detail", detail)).toString());

async function send(text: string): Promise<StoredEntry> {
  const entry = rig.write(conversation, text);
  await rest();
  return entry;
}

async function hear(text: string, id: string, source: "live" | "catchup" = "live"): Promise<StoredEntry> {
  await process.ingest({ source, events: [message("#home", text, { id, ts: rig.clock.now() })] });
  return rig.core.entry(lines().at(-1)?.row ?? 0) as StoredEntry;
}

test("R2: a deleted line does not come back when the network plays it again, alone or with its conversation", async () => {
  remove(await hear("secret", "m1"));
  await hear("another", "m2");
  expect(await process.ingest({ source: "catchup", events: [message("#home", "secret", { id: "m1" })] })).toMatchObject({ inserted: 0 });
  expect(texts()).toEqual(["another"]);
  removeChat();
  const again = [message("#home", "secret", { id: "m1" }), message("#home", "another", { id: "m2" })];
  expect(await process.ingest({ source: "catchup", events: again })).toMatchObject({ inserted: 0, duplicates: 2 });
  expect(texts()).toEqual([]);
});

test("E2: a message that waits to be sent and is deleted is not sent, and the outbox keeps nothing of it", async () => {
  rig.network.fates = ["hangs"];
  await send("first");
  const waits = await send("secret in waiting");
  remove(waits);
  expect(rig.stateOf(waits)).toMatchObject({ state: "failed", reason: "You deleted it before it was sent." });
  process.die();
  await rest();
  await rig.clock.advance(60_000);
  expect(rig.network.executed.map(({ op, ...command }) => op === "send" && "body" in command && command.body.text)).not.toContain(
    "secret in waiting",
  );
  expect(rig.core.sql.all("select 1 from bridge_part where entry = ?", waits.row)).toEqual([]);
});

test("E2, R2: of a deleted message in doubt no text stays, nobody is asked about it, and the network's history does not bring it back", async () => {
  rig.network.archive = "unknown";
  rig.network.fates = ["hangs", "acked"];
  const doubtful = await send("secret in doubt");
  process.die();
  await rest();
  expect(rig.host.outbox()).toHaveLength(1);
  remove(doubtful);
  expect(rig.host.outbox()).toEqual([]);
  for (const detail of opened()) expect(detail).not.toContain("secret");
  await rig.restart();
  process = rig.network.process;
  const heard = message("#home", "secret in doubt", { id: "h1", from: "self", ts: rig.clock.now() + 1000 });
  await process.ingest({ source: "catchup", events: [heard] });
  expect(texts()).toEqual([]);
  expect(rig.stateOf(doubtful)).toMatchObject({ state: "sent" });
});

test("E2: a message that was deleted while it was under way is not sent a second time", async () => {
  rig.network.archive = "unknown";
  rig.network.fates = ["swallowed", "acked"];
  const entry = await send("secret under way");
  remove(entry);
  process.drop();
  process.goOnline();
  await rest();
  await rig.clock.advance(10 * 60_000);
  expect(rig.network.executed).toHaveLength(1);
  for (const detail of opened()) expect(detail).not.toContain("secret");
});

test("E3: after its deletion a conversation that is still open is named again, and a later line is shown in it", async () => {
  await hear("old", "m1");
  removeChat();
  expect(infos()).toHaveLength(1);
  expect(texts()).toEqual([]);
  await hear("news", "m2");
  expect(texts()).toEqual(["news"]);
});

test("E3: a blocked conversation takes in nothing, and what it missed does not come when it is let in again", async () => {
  await hear("old", "m1");
  removeChat("block");
  expect(rig.core.isBlocked(conversation.row)).toBe(true);
  const before = rig.bodies(conversation).length;
  await process.ingest({ source: "live", events: [message("#home", "unwanted", { id: "m2" })] });
  expect(rig.bodies(conversation)).toHaveLength(before);
  removeChat("reopen");
  await hear("wanted", "m3");
  expect(texts()).toEqual(["wanted"]);
});

test("R2: no file of the data folder holds the sealed text of a part or of a line that was deleted", async () => {
  rig.network.fates = ["forbidden"];
  const failed = await send("secret that failed");
  const line = await hear("secret line", "m1");
  const sealed = [
    ...parts().map(({ detail }) => Buffer.from(detail)),
    Buffer.from(rig.core.sql.get<{ body: Uint8Array }>("select body from entry where row = ?", line.row)?.body as Uint8Array),
    Buffer.from(rig.core.sql.get<{ body: Uint8Array }>("select body from entry where row = ?", failed.row)?.body as Uint8Array),
  ];
  const files = () => Buffer.concat(readdirSync(rig.folder).map((name) => readFileSync(join(rig.folder, name))));
  for (const bytes of sealed) expect(files().includes(bytes)).toBe(true);
  remove(failed, line);
  for (const bytes of sealed) expect(files().includes(bytes)).toBe(false);
});
