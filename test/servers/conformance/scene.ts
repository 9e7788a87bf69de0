import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Command, ConvId, Reconciled, SendResult } from "../../../src/bridges/contract/index.ts";
import { toBridgeError } from "../../../src/bridges/kit/index.ts";
import type { Meeting, MeetingOptions, NetworkUnderTest } from "./network.ts";

export type Present = () => NetworkUnderTest;
export type Send = Extract<Command, { op: "send" }>;

const PATIENCE = 20_000;

/** A meeting whose account is connected and has the room open. */
export interface Scene extends AsyncDisposable, Meeting {
  readonly conv: ConvId;
}

export async function connected(network: NetworkUnderTest, options: MeetingOptions = {}): Promise<Scene> {
  const meeting = await network.meet(options);
  await meeting.plugin.start();
  await meeting.plugin.host.inState("online", () => true, PATIENCE);
  const { id } = await meeting.plugin.open(meeting.room);
  return { ...meeting, conv: id, [Symbol.asyncDispose]: () => meeting[Symbol.asyncDispose]() };
}

export function say(conv: ConvId, text: string, changes: Partial<Send> = {}): Send {
  const txn = randomBytes(16).toString("base64url");
  return { txn, conv, attempt: 1, createdAt: Date.now(), minLabel: "plaintext", op: "send", style: "text", body: { text }, ...changes };
}

export type Outcome = { acked: true; refs: string[] } | { acked: false; sent: "no" | "maybe"; code: string; message: string };

/** What a sending came to. Never rejects, unless it takes longer than a host would wait. */
export async function outcomeOf(sending: Promise<SendResult>): Promise<Outcome> {
  const late = sleep(PATIENCE * 3, undefined, { ref: false }).then(() => Promise.reject(new Error("neither acknowledged nor refused")));
  try {
    const result = await Promise.race([sending, late]);
    if (result.state !== "acked") throw new Error("this network acknowledges at once");
    return { acked: true, refs: result.refs.map(({ id }) => id) };
  } catch (error) {
    const { sent, code, message } = toBridgeError(error, "maybe").data;
    return { acked: false, sent, code, message };
  }
}

/** Both directions work: a line of each has arrived since. What was on its way before has arrived by then. */
export async function flows({ plugin, other, conv }: Scene): Promise<void> {
  const marker = randomBytes(6).toString("hex");
  await repeat("the other is heard", (turn) => {
    other.say(`in ${marker} ${turn}`);
    return plugin.host.texts(conv).some((text) => text.startsWith(`in ${marker}`));
  });
  await repeat("we are heard", async (turn) => {
    await outcomeOf(plugin.execute(say(conv, `out ${marker} ${turn}`)));
    return other.heard().some((text) => text.startsWith(`out ${marker}`));
  });
}

/** Until `done` says so, every quarter of a second. */
async function repeat(what: string, done: (turn: number) => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (let turn = 1; !(await done(turn)); turn++) {
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE} ms: ${what}`);
    await sleep(250);
  }
}

/** Online again after an outage or a restart, with the room. */
export async function backAgain(scene: Scene): Promise<void> {
  await scene.plugin.host.inState("online", () => true, PATIENCE * 2);
  await flows(scene);
}

/**
 * Whether the plugin told the truth about a message: acknowledged means heard once, `sent: "no"` means never, `maybe` means
 * at most once, and what `reconcile` says of it afterwards is so.
 */
export function expectTruth(text: string, outcome: Outcome, heard: readonly string[], reconciled?: Reconciled): void {
  const times = heard.filter((other) => other === text).length;
  const story = `${JSON.stringify(outcome)}, reconciled: ${JSON.stringify(reconciled)}, heard ${times} times: ${text}`;
  if (outcome.acked) expect(times, story).toBe(1);
  else expect(times, story).toBeLessThanOrEqual(outcome.sent === "no" ? 0 : 1);
  if (reconciled?.found === "yes") expect(times, story).toBe(1);
  if (reconciled?.found === "no") expect(times, story).toBe(0);
}

/** Asks about all that is in doubt, as the host does after each connection. */
export async function reconciled({ plugin }: Scene, commands: readonly Command[]): Promise<Map<string, Reconciled>> {
  const answers = await plugin.reconcile([...commands]);
  return new Map(answers.map((answer) => [answer.txn, answer]));
}

/** Where the network keeps no history, what could not be heard is said to be missing. */
export function expectNothingSilentlyLost(
  network: NetworkUnderTest,
  { plugin, conv }: Scene,
  said: readonly string[],
  away: { from: number; to: number },
): void {
  const heard = plugin.host.texts(conv);
  const missing = said.filter((text) => !heard.includes(text));
  for (const text of said) expect(heard.filter((other) => other === text).length, text).toBeLessThanOrEqual(1);
  if (missing.length === 0) return;
  expect(network.traits.history, `lost although the network has a history: ${missing[0]}`).toBe(false);
  const gaps = plugin.host
    .of("gap")
    .filter((gap) => gap.conv === conv && (gap.since ?? 0) <= away.from + TOLERANCE && gap.ts >= away.to - TOLERANCE);
  expect(gaps.length, `no gap for ${missing.length} lost messages`).toBeGreaterThan(0);
}

/** Milliseconds: server and plugin do not look at their clocks at the same moment. */
const TOLERANCE = 3_000;
