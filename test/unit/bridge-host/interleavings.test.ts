import fc from "fast-check";
import { expect, test } from "vitest";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { Conversation, StoredEntry } from "../../../src/sync/core.ts";
import { Rig } from "./harness/rig.ts";
import { type Fate, message } from "./harness/scripted-network.ts";
import { rest } from "./harness/test-clock.ts";

/** One thing that happens, at any moment. */
type Step =
  | { what: "write"; conv: number; text: "short" | "long" }
  | { what: "fate"; fate: Fate }
  | { what: "say"; conv: number; again: number }
  | { what: "echo"; which: number }
  | { what: "drop" | "online" | "die" | "crash" | "resend" | "settle" }
  | { what: "wait"; ms: number };

const CONVS = ["#a", "#b"];
const FATES: Fate[] = ["acked", "echoed", "swallowed", "maybe-delivered", "maybe-lost", "offline", "forbidden", "hangs", "hangs-lost"];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant("write" as const),
      conv: fc.nat(1),
      text: fc.constantFrom("short" as const, "long" as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant("fate" as const), fate: fc.constantFrom(...FATES) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("say" as const), conv: fc.nat(1), again: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("echo" as const), which: fc.nat(10) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom("drop" as const, "online" as const, "die" as const, "crash" as const, "resend" as const, "settle" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("wait" as const), ms: fc.constantFrom(500, 5_000, 70_000, 3_700_000) }) },
);

/** The rig with what a careful observer on both sides would note. */
class Story {
  readonly rig: Rig;
  readonly convs: Conversation[];
  readonly heard = new Map<string, number>();
  readonly resends = new Map<number, number>();
  readonly settled = new Set<number>();
  #n = 0;

  constructor(rig: Rig, convs: Conversation[]) {
    this.rig = rig;
    this.convs = convs;
  }

  conversation(index: number): Conversation {
    return this.rig.core.conversationById(this.convs[index]?.id ?? new Uint8Array()) as Conversation;
  }

  async take(one: Step): Promise<void> {
    const { rig } = this;
    const { process } = rig.network;
    switch (one.what) {
      case "write":
        this.#n += 1;
        rig.write(this.conversation(one.conv), one.text === "short" ? `s${this.#n}` : `first${this.#n}.second${this.#n}`.padEnd(12, "."));
        break;
      case "fate":
        rig.network.fates = [one.fate];
        break;
      case "say":
        await this.#say(one.conv, one.again);
        break;
      case "echo": {
        const delivered = rig.network.delivered[one.which];
        if (delivered) await process.echo(delivered);
        break;
      }
      case "drop":
        process.drop();
        break;
      case "online":
        process.goOnline();
        break;
      case "die":
        process.die();
        break;
      case "crash":
        await rig.restart();
        break;
      case "resend":
        this.#decide((id) => {
          this.resends.set(id, (this.resends.get(id) ?? 0) + 1);
          rig.host.resend(id);
        });
        break;
      case "settle":
        this.#decide((id) => {
          this.settled.add(id);
          rig.host.settle(id);
        });
        break;
      case "wait":
        await rig.clock.advance(one.ms);
        break;
    }
    await rest();
  }

  /** Something new, or what was said before once more, live or played back. */
  async #say(conv: number, again: number): Promise<void> {
    const known = [...this.heard].filter(([, where]) => where === conv).map(([id]) => id);
    const id = known[again] ?? `from-outside-${this.heard.size}`;
    const event = message(CONVS[conv] ?? "", id, { id, ts: this.rig.clock.now() });
    await this.rig.network.process.ingest({ source: again % 2 === 0 ? "live" : "catchup", events: [event] });
    this.heard.set(id, conv);
  }

  #decide(run: (id: number) => void): void {
    const [first] = this.rig.host.outbox();
    if (first) run(first.id);
  }

  /** The network gets well, the child and the node start once more, and whatever still waits gets its time. */
  async quiesce(): Promise<void> {
    this.rig.network.fates = ["acked"];
    await this.rig.restart();
    await this.rig.clock.advance(15 * 60_000);
  }

  check(): void {
    const { rig } = this;
    const inDoubt = new Set(rig.host.outbox().map(({ id }) => id));
    this.convs.forEach((_, index) => {
      const conversation = this.conversation(index);
      const expected = [...this.heard].filter(([, where]) => where === index).map(([id]) => id);
      expect(new Set(rig.lines(conversation).map(({ remote }) => remote))).toEqual(new Set(expected));
      expect(rig.lines(conversation)).toHaveLength(expected.length);
      for (const { row, body } of rig.bodies(conversation, KIND.text)) {
        const { text } = body as unknown as { text: string };
        const parts = text.match(/.{1,8}/g) ?? [];
        const times = parts.map((part) => rig.network.delivered.filter((one) => one.conv === CONVS[index] && one.text === part).length);
        // Twice only where the person said so.
        for (const count of times) expect(count).toBeLessThanOrEqual(1 + (this.resends.get(row) ?? 0));
        const state = rig.stateOf(rig.core.entry(row) as StoredEntry)?.state;
        expect(["sent", "in-doubt", "failed"]).toContain(state);
        if (state === "sent" && !this.settled.has(row)) for (const count of times) expect(count).toBeGreaterThan(0);
        expect(inDoubt.has(row)).toBe(state === "in-doubt");
      }
    });
  }
}

async function tell(steps: readonly Step[], archive: "complete" | "unknown"): Promise<void> {
  const rig = await Rig.make();
  try {
    const { account, conversation } = await rig.withChannel("#a");
    const story = new Story(rig, [conversation, await rig.host.open(account, "#b")]);
    rig.network.partLength = 8;
    rig.network.archive = archive;
    for (const one of steps) await story.take(one);
    await story.quiesce();
    story.check();
  } finally {
    await rig.dispose();
  }
}

const RUNS = 60;

for (const archive of ["complete", "unknown"] as const) {
  test(`O1–O10: whatever happens in whatever order, nothing is lost and nothing is there twice (archive ${archive})`, {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), (steps) => tell(steps, archive)),
      { numRuns: RUNS, endOnFailure: false },
    );
  });
}
