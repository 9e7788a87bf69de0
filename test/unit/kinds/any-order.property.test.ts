import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { chatState, draftOf } from "../../../src/device/views/chat-state.ts";
import { messageOf } from "../../../src/device/views/messages.ts";
import { unreadOf } from "../../../src/device/views/unread.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { Cbor } from "../../../src/sync/encoding/cbor.ts";
import type { Run } from "../../../src/sync/log/run.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";
import type { Files } from "../../../src/sync/files/files.ts";
import { filesOf } from "./device-api.ts";
import { Pen, type Place } from "./pen.ts";

/** What a device says. `target`: the entry of this number of a device's feed, whether it is a message, and there, or not. */
type Saying = { by: number; later: boolean; target: { by: number; seq: number } } & (
  | { what: "text" | "heard" | "edit" | "draft"; text: string; mention: boolean }
  | { what: "react"; emoji: string; on: boolean }
  | { what: "pin" | "pinChat" | "archive"; on: boolean }
  | { what: "mark" }
  | { what: "retention"; days: number | null }
  | { what: "delivered"; state: "sent" | "failed" | "in-doubt" }
);

const DEVICES = 3;
const base = {
  by: fc.nat(DEVICES - 1),
  later: fc.boolean(),
  target: fc.record({ by: fc.nat(DEVICES - 1), seq: fc.integer({ min: 1, max: 5 }) }),
};
const text = fc.constantFrom("", "one", "two", "three");
const about: fc.Arbitrary<Saying>[] = [
  fc.record({ ...base, what: fc.constantFrom("text", "edit"), text, mention: fc.boolean() }),
  fc.record({ ...base, what: fc.constant("react"), emoji: fc.constantFrom("👍", "🎉"), on: fc.boolean() }),
  fc.record({ ...base, what: fc.constant("pin"), on: fc.boolean() }),
];
const anything = fc.oneof(
  ...about,
  fc.record({ ...base, what: fc.constantFrom("heard", "draft"), text, mention: fc.boolean() }),
  fc.record({ ...base, what: fc.constantFrom("pinChat", "archive"), on: fc.boolean() }),
  fc.record({ ...base, what: fc.constant("mark") }),
  fc.record({ ...base, what: fc.constant("retention"), days: fc.constantFrom(null, 1, 7) }),
  fc.record({ ...base, what: fc.constant("delivered"), state: fc.constantFrom("sent", "failed", "in-doubt") }),
);

let reader: SimDevice;
let files: Files;
let writers: SimDevice[];
let places = 0;

beforeAll(async () => {
  const network = await SimNetwork.create(3, ["reader", "a", "b", "c"]);
  [reader, ...writers] = network.devices as [SimDevice, ...SimDevice[]];
  await network.world.run(10);
  files = await filesOf(reader);
});

/** A new conversation each time: as if another device got the same. */
function bridgedPlace(): Place {
  const founding = { kind: "bridge", account: reader.device.account.account, network: "none", bridge: "b", conv: `${places++}` } as const;
  return { conversation: reader.device.transact((writer) => writer.found(founding)), incarnation: new Uint8Array(8) };
}

/** The one conversation that nobody carries anywhere; new feeds each time. */
function ownPlace(): Place {
  return { conversation: reader.device.ownLog, incarnation: new Uint8Array(8).fill(1 + places++) };
}

/** The same sayings as runs of one entry each, by feed. Clocks of different devices often agree to the millisecond. */
async function write(place: Place, sayings: readonly Saying[]): Promise<Run[][]> {
  const start = reader.device.now() - 1_000_000;
  const feeds: Run[][] = [];
  for (const [index, author] of writers.entries()) {
    const pen = new Pen(author, place);
    let ms = start;
    let n = 0;
    const runs: Run[] = [];
    for (const one of sayings.filter(({ by }) => by === index)) {
      if (one.later) [ms, n] = [ms + 1, 0];
      else n += 1;
      runs.push(await pen.write(...content(place, one, { ms, n })));
    }
    feeds.push(runs);
  }
  return feeds;
}

function content(place: Place, one: Saying, hlc: { ms: number; n: number }): [number, { ms: number; n: number }, Cbor] {
  const target = { ...Pen.ref(writers[one.target.by] as SimDevice, place, one.target.seq) };
  switch (one.what) {
    case "text":
      return [KIND.text, hlc, { text: one.text, style: "text" }];
    case "heard":
      return [KIND.bridged, hlc, { ...HEARD, text: one.text, mentionsMe: one.mention }];
    case "edit":
      return [KIND.edit, hlc, { target, text: one.text }];
    case "draft":
      return [KIND.draft, hlc, { text: one.text }];
    case "react":
      return [KIND.reaction, hlc, { target, emoji: one.emoji, on: one.on }];
    case "pin":
      return [KIND.pinMessage, hlc, { target, on: one.on }];
    case "pinChat":
      return [KIND.pinConversation, hlc, { on: one.on }];
    case "archive":
      return [KIND.archive, hlc, { on: one.on }];
    case "mark":
      return [KIND.readMarker, hlc, { upTo: target, seen: [target] }];
    case "retention":
      return [KIND.retention, hlc, { days: one.days }];
    case "delivered":
      return [KIND.delivery, hlc, { target, state: one.state }];
  }
}

const HEARD = {
  shape: "text",
  from: { id: "alice", name: "alice", self: false },
  ts: 1,
  label: "plaintext",
  facts: { link: { kind: "none", verified: false, measuredBy: "host" }, source: "live" },
};

/** One after the other, feed by feed as the picks say; a feed's own order cannot change. */
function interleave(feeds: readonly (readonly Run[])[], picks: readonly number[]): Run[] {
  const left = feeds.map((runs) => [...runs]);
  const order: Run[] = [];
  for (let i = 0; left.some((runs) => runs.length > 0); i++) {
    const open = left.filter((runs) => runs.length > 0);
    order.push((open[(picks[i % Math.max(1, picks.length)] ?? 0) % open.length] as Run[]).shift() as Run);
  }
  return order;
}

/** All that is shown, without what only this device or this conversation has. */
function shown({ conversation, incarnation }: Place) {
  const { device } = reader;
  const context = { reader: device, files, nameOf: () => "", liveLabel: () => "plaintext" as const };
  const rows = device.sql.all<{ row: number }>(
    "select e.row from entry e join feed f on f.row = e.feed where f.conversation = ? and f.incarnation = ? and e.shown = 1",
    conversation.row,
    incarnation,
  );
  const feeds = new Map(writers.map((writer, index) => [writer.key.join(), index]));
  const messages = rows.flatMap(({ row }) => {
    const entry = device.entry(row);
    const message = entry && messageOf(context, entry);
    if (!entry || !message) return [];
    const { id: _, conversation: __, arrived: ___, unsent, from, ...rest } = message;
    const waiting = unsent?.map(({ id: ____, ...note }) => note);
    return [{ feed: feeds.get(entry.feed.join()), seq: entry.seq, ...rest, waiting }];
  });
  messages.sort((a, b) => (a.feed ?? 0) - (b.feed ?? 0) || a.seq - b.seq);
  return {
    messages,
    state: chatState(device, conversation.row),
    draft: draftOf(device, conversation.row),
    ...unreadOf(device, conversation.row),
  };
}

async function deliver(place: Place, sayings: readonly Saying[], picks: readonly number[]): Promise<ReturnType<typeof shown>> {
  const order = interleave(await write(place, sayings), picks);
  for (const run of order) reader.device.receive([{ conversation: place.conversation, run }]);
  return shown(place);
}

const orders = fc.array(fc.nat(5), { minLength: 1, maxLength: 12 });

test("B2: edits, reactions and pins come to the same on each device, in whatever order they arrive", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...about), { maxLength: 14 }), orders, orders, async (sayings, one, other) => {
      const first = await deliver(ownPlace(), sayings, one);
      const second = await deliver(ownPlace(), sayings, other);
      expect(second.messages).toEqual(first.messages);
    }),
    { numRuns: 60 },
  );
});

test("B2: the state of a bridged conversation, unread counts included, comes to the same in whatever order entries arrive", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { maxLength: 18 }), orders, orders, async (sayings, one, other) => {
      const first = await deliver(bridgedPlace(), sayings, one);
      expect(await deliver(bridgedPlace(), sayings, other)).toEqual(first);
    }),
    { numRuns: 80 },
  );
});
