import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ROLLED_BACK } from "../../../src/bridges/host/outbox-decisions.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { Conversation, StoredEntry } from "../../../src/sync/core.ts";
import { carry } from "./harness/carry.ts";
import { Rig } from "./harness/rig.ts";
import { rest } from "./harness/test-clock.ts";

let rig: Rig;
let conversation: Conversation;
beforeEach(async () => {
  rig = await Rig.make();
  ({ conversation } = await rig.withChannel());
  await carry(rig.core, rig.phone);
});
afterEach(() => rig.dispose());

const texts = (): string[] => rig.network.delivered.map(({ text }) => text);
const file = (name: string): string => join(rig.folder, name);

/** The node stops, and its database as it is now is kept. */
async function snapshot(): Promise<void> {
  rig.crash();
  copyFileSync(file("homeport.db"), file("older.db"));
  await down();
}

/** The node dies and comes back with the database that was kept. */
async function setBack(): Promise<void> {
  rig.crash();
  copyFileSync(file("older.db"), file("homeport.db"));
  await down();
}

/** Starts without a connection to the network; its sessions with other devices are there. */
async function down(): Promise<void> {
  for (const tail of ["-wal", "-shm"]) rmSync(file(`homeport.db${tail}`), { force: true });
  rig.network.isDown = true;
  await rig.restart();
  rig.core.rollback.watch();
}

async function online(): Promise<void> {
  rig.network.isDown = false;
  rig.network.process.goOnline();
  await rest();
}

function note(): void {
  rig.core.transact((writer) => writer.append(rig.core.ownLog.row, KIND.text, { style: "text", text: "a note" }));
}

/** A message is queued, kept in the snapshot, then sent without any other device hearing of the delivery. */
async function sentAndForgotten(): Promise<StoredEntry> {
  rig.network.process.say({ state: "backoff" });
  const entry = rig.write(conversation, "hello");
  await snapshot();
  note();
  await carry(rig.core, rig.phone);
  rig.core.rollback.witnessed(conversation.row);
  await online();
  expect(texts()).toEqual(["hello"]);
  await setBack();
  return entry;
}

test("B5: what waited in the outbox of a database that was set back is in doubt, and never sent again by itself", async () => {
  const entry = await sentAndForgotten();
  await carry(rig.phone, rig.core);
  await online();
  await rig.clock.advance(120_000);
  expect(texts()).toEqual(["hello"]);
  expect(rig.stateOf(entry)).toMatchObject({ state: "in-doubt", reason: ROLLED_BACK });
  rig.host.resend(entry.row);
  await rig.clock.advance(120_000);
  expect(texts(), "when the person says so").toEqual(["hello", "hello"]);
});

test("B5: before a peer has told what it holds, what waited from before the start is not sent", async () => {
  const entry = await sentAndForgotten();
  await online();
  await rig.clock.advance(30_000);
  expect(texts()).toEqual(["hello"]);
  await carry(rig.phone, rig.core);
  await rig.clock.advance(60_000);
  expect(texts()).toEqual(["hello"]);
  expect(rig.stateOf(entry)).toMatchObject({ state: "in-doubt" });
});

test("B5: a message of another device that comes once more after a rollback is in doubt as well", async () => {
  await snapshot();
  await online();
  await rig.writeOnPhone(conversation, "from the phone");
  expect(texts()).toEqual(["from the phone"]);
  note();
  const own = rig.core.store.feeds(rig.core.ownLog.row);
  expect([...own].length).toBeGreaterThan(0);
  // Of all that the home PC wrote only the note reaches the phone, not what became of the message.
  await carryOnly(rig.core.ownLog);
  await setBack();
  await carry(rig.phone, rig.core);
  await online();
  await rig.clock.advance(120_000);
  expect(texts()).toEqual(["from the phone"]);
  await rig.clock.advance(60_000);
  await rig.writeOnPhone(conversation, "new");
  await rig.clock.advance(120_000);
  expect(texts(), "what is written afterwards goes out").toEqual(["from the phone", "new"]);
});

test("B5: where a peer holds no more, and where none comes, what waited goes out", async () => {
  rig.network.process.say({ state: "backoff" });
  rig.write(conversation, "one");
  await down();
  await online();
  await rig.clock.advance(10_000);
  expect(texts()).toEqual([]);
  rig.core.rollback.witnessed(conversation.row);
  await rig.clock.advance(2000);
  expect(texts()).toEqual(["one"]);
  rig.network.process.say({ state: "backoff" });
  rig.write(conversation, "two");
  await down();
  await online();
  await rig.clock.advance(50_000);
  expect(texts()).toEqual(["one"]);
  await rig.clock.advance(15_000);
  expect(texts()).toEqual(["one", "two"]);
});

test("B5: a peer that claims to hold more and never shows it keeps messages back for ten minutes, not for ever", async () => {
  rig.network.process.say({ state: "backoff" });
  rig.write(conversation, "one");
  await down();
  rig.core.rollback.suspected(conversation.row);
  await online();
  await rig.clock.advance(9 * 60_000);
  rig.core.rollback.suspected(conversation.row);
  expect(texts()).toEqual([]);
  await rig.clock.advance(2 * 60_000);
  expect(texts()).toEqual(["one"]);
});

test("B5: what this run wrote waits for nobody", async () => {
  await down();
  await online();
  rig.write(conversation, "now");
  await rest();
  expect(texts()).toEqual(["now"]);
});

async function carryOnly(only: Conversation): Promise<void> {
  await rest();
  const there = rig.phone.conversationById(only.id) as Conversation;
  for (const feed of rig.core.store.feeds(only.row)) {
    const has = rig.phone.store.findFeed(there.row, feed.device, feed.incarnation)?.headSeq ?? 0;
    const entries = rig.core.wire(rig.core.store.wireOfFeed(feed.row, has, 1000));
    const signature = entries.at(-1)?.signature;
    if (!signature) continue;
    const run = {
      feed: feed.device,
      incarnation: feed.incarnation,
      entries: entries.map(({ header, body }) => ({ header, body })),
      signature,
    };
    rig.phone.receive([{ conversation: there, run }]);
  }
}
