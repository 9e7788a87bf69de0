import { afterEach, describe, expect, test } from "vitest";
import { bridgeAccountSchema, conversationInfoSchema } from "../../../src/sync/content/bridged.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { Conversation, StoredEntry } from "../../../src/sync/core.ts";
import { toHex } from "../../../src/sync/encoding/bytes.ts";
import { Rig } from "./harness/rig.ts";
import { type Fate, message, type ScriptedNetwork } from "./harness/scripted-network.ts";
import { rest } from "./harness/test-clock.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.dispose();
  rig = undefined;
});

/** Runs `scenario` again and again in one profile, dying before each of its statements in turn, until it gets through. */
async function dyingEverywhere(
  prepare: (rig: Rig) => Promise<void>,
  scenario: (rig: Rig) => Promise<void>,
  check: (rig: Rig, at: number) => Promise<void>,
): Promise<number> {
  rig = await Rig.make();
  await prepare(rig);
  for (let at = 0; ; at++) {
    rig.sql.dieAfter(at);
    await scenario(rig).catch(() => undefined);
    await rest();
    const survived = !rig.sql.dead;
    rig.network.fates = ["acked"];
    await rig.restart();
    await check(rig, at);
    for (const { id } of rig.host.outbox()) rig.host.settle(id);
    if (survived) return at;
  }
}

describe("a crash between any two statements while messages go out", () => {
  const cases: [Fate, ScriptedNetwork["archive"]][] = [
    ["acked", "unknown"],
    ["echoed", "unknown"],
    ["hangs", "complete"],
    ["hangs", "unknown"],
    ["hangs-lost", "complete"],
    ["maybe-delivered", "unknown"],
    ["swallowed", "complete"],
  ];
  test.each(cases)(
    "O1, O2: %s, archive %s: what was written is on the network once, or visibly in doubt",
    { timeout: 60_000 },
    async (fate, archive) => {
      let written = 0;
      let conversation: Conversation;
      const died = await dyingEverywhere(
        async (one) => {
          ({ conversation } = await one.withChannel());
          one.network.partLength = 6;
        },
        async (one) => {
          written += 1;
          const text = `a${String(written).padStart(5, "0")}b${String(written).padStart(5, "0")}`;
          one.network.fates = [fate, "acked"];
          one.network.archive = archive;
          one.write(one.core.conversationById(conversation.id) as Conversation, text);
          await rest();
        },
        async (one) => {
          await one.clock.advance(90_000);
          checkOutgoing(one, one.core.conversationById(conversation.id) as Conversation, archive === "complete");
        },
      );
      expect(died).toBeGreaterThan(30);
      expect(rig?.network.delivered.length).toBeGreaterThan(20);
    },
  );
});

test("a crash between any two statements while messages come in and the network plays back what was not acknowledged", {
  timeout: 60_000,
}, async () => {
  let conversation: Conversation;
  let n = 0;
  const died = await dyingEverywhere(
    async (one) => {
      ({ conversation } = await one.withChannel());
    },
    async (one) => {
      n += 1;
      const events = [message("#home", `a${n}`, { id: `a${n}` }), message("#home", `b${n}`, { id: `b${n}` })];
      await one.network.process.ingest({ source: "live", events, cursor: { scope: "#home", value: String(n) } });
    },
    async (one) => {
      const { process } = one.network;
      const since = Number(process.resume?.cursors["#home"] ?? 0);
      // A cursor that was stored never runs ahead of its events: the server plays back from there.
      for (let missed = since + 1; missed <= n; missed++) {
        const events = [message("#home", `a${missed}`, { id: `a${missed}` }), message("#home", `b${missed}`, { id: `b${missed}` })];
        await process.ingest({ source: "catchup", events, cursor: { scope: "#home", value: String(missed) } });
      }
      const expected = Array.from({ length: n }, (_, index) => [`a${index + 1}`, `b${index + 1}`]).flat();
      expect(one.lines(one.core.conversationById(conversation.id) as Conversation).map(({ text }) => text)).toEqual(expected);
    },
  );
  expect(died).toBeGreaterThan(10);
});

describe("a crash between any two statements of what the person does", () => {
  test("adding and removing accounts: the own-devices log and this node agree, and no secret stays behind", {
    timeout: 60_000,
  }, async () => {
    const died = await dyingEverywhere(
      async () => undefined,
      async (one) => {
        const { account } = one.host.add("scripted", { host: "h", nick: "me", password: "correct horse" });
        await rest();
        await one.host.open(account, "#a");
        const removing = one.host.remove(account);
        removing.catch(() => undefined);
        await one.clock.advance(2_000);
        await removing;
      },
      async (one) => {
        const accounts = one.host.list().map(({ account }) => account);
        expect(announced(one)).toEqual(new Set(accounts));
        const owners = one.core.sql.all<{ owner: number }>("select distinct owner from bridge_secret").length;
        expect(owners).toBe(accounts.length);
        expect(one.host.list().every(({ state }) => state === "online")).toBe(true);
      },
    );
    expect(died).toBeGreaterThan(30);
  });

  test("opening and closing: what other devices see is what is joined after the restart", { timeout: 60_000 }, async () => {
    let account: string;
    let n = 0;
    await dyingEverywhere(
      async (one) => {
        ({ account } = await one.withChannel());
      },
      async (one) => {
        n += 1;
        const opened = await one.host.open(account, `#c${n}`);
        await one.host.open(account, `#d${n}`);
        await one.host.close(opened.row);
      },
      async (one) => {
        expect(new Set(one.network.process.resume?.conversations)).toEqual(shownAsOpen(one));
      },
    );
  });

  test("deciding what is in doubt: sent again once, or not at all", { timeout: 60_000 }, async () => {
    let conversation: Conversation;
    let n = 0;
    await dyingEverywhere(
      async (one) => {
        ({ conversation } = await one.withChannel());
        one.network.archive = "unknown";
      },
      async (one) => {
        const there = one.core.conversationById(conversation.id) as Conversation;
        one.network.fates = ["maybe-lost", "maybe-delivered", "acked"];
        n += 1;
        const [lost, arrived] = [one.write(there, `lost ${n}`), one.write(there, `arrived ${n}`)];
        await rest();
        one.host.resend(lost.row);
        one.host.settle(arrived.row);
        await rest();
      },
      async (one) => {
        await one.clock.advance(90_000);
        checkOutgoing(one, one.core.conversationById(conversation.id) as Conversation, false);
      },
    );
  });
});

test("a crash between any two statements of the start: it starts the next time, and has lost nothing", { timeout: 60_000 }, async () => {
  rig = await Rig.make();
  const { conversation } = await rig.withChannel();
  rig.network.fates = ["hangs", "acked"];
  rig.write(conversation, "under way");
  rig.write(conversation, "waiting");
  await rest();
  rig.network.archive = "unknown";
  for (let at = 0; ; at++) {
    rig.crash();
    try {
      rig.boot(at);
    } catch {
      continue;
    }
    await rest();
    if (!rig.sql.dead) break;
  }
  await rig.restart();
  checkOutgoing(rig, rig.core.conversationById(conversation.id) as Conversation, false);
  expect(rig.host.outbox()[0]).toMatchObject({ state: "in-doubt" });
  expect(texts(rig.network)[0]).toBe("under way");
});

function texts(network: ScriptedNetwork): string[] {
  return network.delivered.map(({ text }) => text);
}

const checkedUpTo = new WeakMap<Rig, number>();

/** Everything new in the log is on the network once, or visibly in doubt; nothing is there twice. */
function checkOutgoing(one: Rig, conversation: Conversation, certain: boolean): void {
  const delivered = texts(one.network);
  expect(delivered.filter((text, index) => delivered.indexOf(text) !== index)).toEqual([]);
  const inDoubt = new Set(one.host.outbox().map(({ id }) => id));
  const since = checkedUpTo.get(one) ?? 0;
  const states = new Map(one.deliveries(conversation, since).map(({ target, state }) => [`${toHex(target.inc)} ${target.seq}`, state]));
  for (const { row, body } of one.bodies(conversation, KIND.text, since)) {
    const { text } = body as unknown as { text: string };
    const entry = one.core.entry(row) as StoredEntry;
    const state = states.get(`${toHex(entry.incarnation)} ${entry.seq}`);
    const parts = text.match(new RegExp(`.{1,${one.network.partLength}}`, "g")) ?? [];
    if (state === "sent") expect(parts.filter((part) => delivered.includes(part))).toEqual(parts);
    else expect({ text, state, listed: inDoubt.has(row) }).toEqual({ text, state: certain ? "sent" : "in-doubt", listed: true });
  }
  expect(one.bodies(conversation, KIND.bridged, since)).toEqual([]);
  checkedUpTo.set(one, one.core.store.lastRow());
}

function announced(one: Rig): Set<string> {
  const own = one.core.conversations().find(({ founding }) => founding.kind === "self") as Conversation;
  const accounts = new Set<string>();
  for (const { body } of one.bodies(own, KIND.bridgeAccount)) {
    const { bridge, removed } = bridgeAccountSchema.parse(body);
    if (removed) accounts.delete(bridge);
    else accounts.add(bridge);
  }
  return accounts;
}

function shownAsOpen(one: Rig): Set<string> {
  const open = one.core.conversations().flatMap((conversation) => {
    const last = one.bodies(conversation, KIND.conversationInfo).at(-1)?.body;
    return last !== undefined && conversationInfoSchema.parse(last).open && conversation.founding.kind === "bridge"
      ? [conversation.founding.conv]
      : [];
  });
  return new Set(open);
}
