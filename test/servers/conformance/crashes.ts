import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { backAgain, connected, expectNothingSilentlyLost, expectTruth, flows, outcomeOf, type Present, reconciled, say } from "./scene.ts";

/** Milliseconds after the call; between them lie all awaits of `execute`, on this machine or a slower one. */
const MOMENTS = [0, 1, 3, 10, 50];

/** The plugin or its host fails at any moment. */
export function crashes(network: Present): void {
  test("K10: a commit that fails is tried until it works: nothing lost, nothing twice, order kept", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    let failures = 4;
    plugin.host.fault = (_batch, commit) => (failures-- > 0 ? Promise.reject(new Error("disk full")) : Promise.resolve(commit()));
    const texts = Array.from({ length: 30 }, (_, n) => `m${n}`);
    for (const text of texts) other.say(text);
    await plugin.host.message("m29");
    expect(failures).toBeLessThan(0);
    expect(plugin.host.texts(conv)).toEqual(texts);
  });

  test("K11: a commit whose answer is lost is repeated under the same keys", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    let failures = 2;
    plugin.host.fault = (_batch, commit) => {
      const answer = commit();
      return failures-- > 0 ? Promise.reject(new Error("the answer was lost")) : Promise.resolve(answer);
    };
    const texts = Array.from({ length: 10 }, (_, n) => `m${n}`);
    for (const text of texts) other.say(text);
    await plugin.host.message("m9");
    await plugin.host.until("it is repeated", () => plugin.host.duplicates > 0);
    expect(plugin.host.texts(conv)).toEqual(texts);
  });

  test("K12: killed before a commit, what was said is heard after the restart or said to be missing", async () => {
    await using scene = await connected(network());
    const { plugin, other } = scene;
    await flows(scene);
    const from = Date.now();
    const reached = Promise.withResolvers<void>();
    plugin.host.fault = () => {
      reached.resolve();
      return new Promise(() => undefined);
    };
    const said = ["on its way", "and this"];
    for (const text of said) other.say(text);
    await reached.promise;
    await plugin.kill();
    other.say("while away");
    plugin.host.fault = (_batch, commit) => Promise.resolve(commit());
    const to = Date.now();
    await plugin.start();
    await backAgain(scene);
    expectNothingSilentlyLost(network(), scene, [...said, "while away"], { from, to });
  });

  test("K13: killed after a commit and before its answer, nothing is heard twice", async () => {
    await using scene = await connected(network());
    const { plugin, other } = scene;
    const from = Date.now();
    const committed = Promise.withResolvers<void>();
    plugin.host.fault = (batch, commit) => {
      commit();
      if (batch.events.some((event) => event.kind === "message")) committed.resolve();
      return new Promise(() => undefined);
    };
    other.say("once");
    await committed.promise;
    await plugin.kill();
    plugin.host.fault = (_batch, commit) => Promise.resolve(commit());
    await plugin.start();
    await backAgain(scene);
    expect(plugin.host.texts(scene.conv).filter((text) => text === "once")).toEqual(["once"]);
    expectNothingSilentlyLost(network(), scene, ["once"], { from, to: Date.now() });
  });

  test("K14: killed at any moment of a sending, the message was not sent twice, and nothing untrue is said of it", {
    timeout: 180_000,
  }, async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    for (const moment of MOMENTS) {
      const command = say(conv, `killed after ${moment} ms`);
      const sending = outcomeOf(plugin.execute(command));
      if (moment > 0) await sleep(moment);
      await plugin.kill();
      const outcome = await sending;
      await plugin.start();
      await backAgain(scene);
      const answers = await reconciled(scene, [command]);
      expectTruth(command.body.text, outcome, other.heard(), outcome.acked ? undefined : answers.get(command.txn));
    }
  });

  test("K15: called off by the host at any moment, likewise", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    const cases = MOMENTS.map((moment) => {
      const command = say(conv, `called off after ${moment} ms`);
      const signal = moment === 0 ? AbortSignal.abort() : AbortSignal.timeout(moment);
      return { command, sending: outcomeOf(plugin.execute(command, signal)) };
    });
    const outcomes = await Promise.all(cases.map(({ sending }) => sending));
    await flows(scene);
    const answers = await reconciled(
      scene,
      cases.map(({ command }) => command),
    );
    for (const [n, { command }] of cases.entries()) {
      const outcome = outcomes[n];
      if (outcome) expectTruth(command.body.text, outcome, other.heard(), outcome.acked ? undefined : answers.get(command.txn));
    }
  });

  test("K16: a command that is repeated after its acknowledgement is not sent again", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    const command = say(conv, "only once");
    const first = await outcomeOf(plugin.execute(command));
    expect(await outcomeOf(plugin.execute({ ...command, attempt: 2 }))).toEqual(first);
    await flows(scene);
    expect(other.heard().filter((text) => text === "only once")).toHaveLength(1);
  });
}
