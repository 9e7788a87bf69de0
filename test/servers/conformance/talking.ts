import { expect, test } from "vitest";
import { deriveLabel } from "../../../src/security-labels/index.ts";
import { CLOCK_OFFSETS } from "./network.ts";
import { connected, flows, outcomeOf, type Present, say } from "./scene.ts";

/** What a plugin does on a good day. */
export function talking(network: Present): void {
  test("K1: what is said is heard once, in order, with the label of the way it came", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    const texts = Array.from({ length: 50 }, (_, n) => `line ${n}`);
    for (const text of texts) other.say(text);
    await plugin.host.message("line 49");
    expect(plugin.host.texts(conv)).toEqual(texts);
    for (const { sec } of plugin.host.of("message")) {
      expect(deriveLabel(sec, plugin.account.manifest.ceiling, "homeport")).toBe(network().traits.label);
      expect(sec.link.measuredBy).toBe("host");
    }
  });

  test("K2: what is sent is heard once, in order, and each acknowledgement names its message", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    const commands = Array.from({ length: 20 }, (_, n) => say(conv, n % 3 === 0 ? "again" : `line ${n}`));
    const outcomes = await Promise.all(commands.map((command) => outcomeOf(plugin.execute(command))));
    await expect.poll(() => other.heard().length).toBe(20);
    expect(other.heard()).toEqual(commands.map(({ body }) => body.text));
    expect(outcomes.every(({ acked }) => acked)).toBe(true);
    expect(new Set(outcomes.flatMap((outcome) => (outcome.acked ? outcome.refs : []))).size).toBe(20);
    expect(plugin.host.texts(conv)).toEqual([]);
  });

  test("K3: a private message opens its conversation, and the answer reaches who wrote it", async () => {
    await using scene = await connected(network());
    const { plugin, other } = scene;
    other.sayPrivately("psst");
    const { conv } = await plugin.host.message("psst");
    expect(plugin.host.of("conv").find((event) => event.conv === conv)?.patch.caps?.kind).toBe("direct");
    expect(await outcomeOf(plugin.execute(say(conv, "yes?")))).toMatchObject({ acked: true });
  });

  test("K4: goodbye takes at most two seconds, and the account comes back as it was", async () => {
    await using scene = await connected(network());
    const { plugin } = scene;
    const started = performance.now();
    await plugin.stop();
    expect(performance.now() - started).toBeLessThan(4_000);
    await plugin.start();
    await plugin.host.inState("online", () => true, 20_000);
    await flows(scene);
  });

  test("K5: a wrong password is one attempt and a state that says what to do; no secret is in any word", async () => {
    await using meeting = await network().meet({ wrongPassword: true });
    const { plugin } = meeting;
    await plugin.start();
    const { error } = await plugin.host.inState("bad-credentials", () => true, 20_000);
    expect(error).toMatchObject({ code: "auth", sent: "no", action: "relogin" });
    const told = JSON.stringify([plugin.host.states, plugin.host.lines]);
    const secrets = plugin.account.manifest.fields.filter(({ secret }) => secret).map(({ id }) => plugin.account.config[id] ?? "");
    for (const secret of secrets.filter((value) => value.length > 3)) expect(told).not.toContain(secret);
    const states = plugin.host.states.length;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(plugin.host.states.length).toBe(states);
  });

  test.each(Object.entries(CLOCK_OFFSETS))("K6: a clock that is ten years %s breaks nothing", async (_where, clockOffset) => {
    await using scene = await connected(network(), { clockOffset });
    const { plugin, other, conv } = scene;
    await flows(scene);
    other.say("what time is it?");
    const { ts } = await plugin.host.message("what time is it?");
    const expected = network().traits.serverTime ? Date.now() : Date.now() + clockOffset;
    expect(Math.abs(ts - expected)).toBeLessThan(60_000);
    expect(await outcomeOf(plugin.execute(say(conv, "late")))).toMatchObject({ acked: true });
  });
}
