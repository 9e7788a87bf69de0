import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { backAgain, connected, expectNothingSilentlyLost, expectTruth, outcomeOf, type Present, reconciled, say } from "./scene.ts";

/** The server or the way to it fails. */
export function outages(network: Present): void {
  test("K20: the server dies and comes back: so does the account by itself, and what was missed is said to be", async () => {
    await using scene = await connected(network());
    const from = Date.now();
    await network().kill();
    await scene.plugin.host.inState("backoff", ({ error }) => error?.code === "offline", 20_000);
    expect(await outcomeOf(scene.plugin.execute(say(scene.conv, "too early")))).toMatchObject({
      acked: false,
      sent: "no",
      code: "offline",
    });
    await network().start();
    await scene.other.comeBack();
    scene.other.say("said while we were away");
    const to = Date.now();
    await backAgain(scene);
    expectNothingSilentlyLost(network(), scene, ["said while we were away"], { from, to });
    expect(scene.other.heard()).not.toContain("too early");
  });

  test("K21: the server dies in mid-send: what is not certain is said to be in doubt, and nobody repeats it", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    const commands = Array.from({ length: 5 }, (_, n) => say(conv, `mid-send ${n}`));
    const sending = Promise.all(commands.map((command) => outcomeOf(plugin.execute(command))));
    await network().kill();
    const outcomes = await sending;
    await network().start();
    await other.comeBack();
    await backAgain(scene);
    const answers = await reconciled(scene, commands);
    for (const [n, outcome] of outcomes.entries()) {
      const command = commands[n];
      if (command) expectTruth(command.body.text, outcome, other.heard(), outcome.acked ? undefined : answers.get(command.txn));
    }
  });

  test("K22: the connection is stalled and then reset while messages are on the way: maybe, and at most once", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    network().stall(true);
    const commands = Array.from({ length: 5 }, (_, n) => say(conv, `stalled ${n}`));
    const sending = commands.map((command) => outcomeOf(plugin.execute(command)));
    await sleep(300);
    network().cut();
    network().stall(false);
    const outcomes = await Promise.all(sending);
    expect(outcomes.some((outcome) => !outcome.acked && outcome.sent === "maybe")).toBe(true);
    await backAgain(scene);
    for (const [n, outcome] of outcomes.entries()) expectTruth(commands[n]?.body.text ?? "", outcome, other.heard());
  });

  test("K23: a stall that ends loses nothing, in either direction", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    network().stall(true);
    const sending = outcomeOf(plugin.execute(say(conv, "out of the stall")));
    other.say("into the stall");
    await sleep(1_500);
    network().stall(false);
    expect(await sending).toMatchObject({ acked: true });
    await plugin.host.message("into the stall");
    await expect.poll(() => other.heard()).toContain("out of the stall");
  });

  test("K24: many sendings, cut off again and again: each is told truly", { timeout: 120_000 }, async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    const all: { text: string; outcome: Awaited<ReturnType<typeof outcomeOf>> }[] = [];
    for (let round = 0; round < 3; round++) {
      const texts = Array.from({ length: 10 }, (_, n) => `round ${round} line ${n}`);
      const sending = texts.map((text) => outcomeOf(plugin.execute(say(conv, text))));
      await sleep(round * 4);
      network().cut();
      const outcomes = await Promise.all(sending);
      all.push(...texts.flatMap((text, n) => (outcomes[n] ? [{ text, outcome: outcomes[n] }] : [])));
      await backAgain(scene);
    }
    for (const { text, outcome } of all) expectTruth(text, outcome, other.heard());
  });
}
