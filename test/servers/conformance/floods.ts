import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { connected, outcomeOf, type Present, say } from "./scene.ts";

const BACKLOG = 10_000;

/** Much at once. */
export function floods(network: Present): void {
  test("K30: 10,000 messages while the host is slow: all of them, once, in order, in bounded memory", { timeout: 120_000 }, async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    plugin.host.fault = async (_batch, commit) => {
      await sleep(20);
      return commit();
    };
    for (let n = 0; n < BACKLOG; n++) other.say(`m${n}`);
    await plugin.host.message(`m${BACKLOG - 1}`, 90_000);
    expect(plugin.host.texts(conv)).toEqual(Array.from({ length: BACKLOG }, (_, n) => `m${n}`));
    expect(Math.max(...plugin.host.batches.map(({ events }) => events.length))).toBeLessThanOrEqual(500);
    expect(plugin.rssMb() ?? 0).toBeLessThan(plugin.account.manifest.needs.maxRssMb);
  });

  test("K31: while the flood comes in, a message goes out", { timeout: 120_000 }, async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    for (let n = 0; n < 3_000; n++) other.say(`m${n}`);
    expect(await outcomeOf(plugin.execute(say(conv, "in between")))).toMatchObject({ acked: true });
    await plugin.host.message("m2999", 60_000);
  });

  test("K32: 500 messages out: all of them, once, in order", { timeout: 120_000 }, async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    const texts = Array.from({ length: 500 }, (_, n) => `out ${n}`);
    const results: boolean[] = [];
    // As many at once as the host hands over.
    for (let at = 0; at < texts.length; at += 50) {
      const some = texts.slice(at, at + 50).map((text) => outcomeOf(plugin.execute(say(conv, text))));
      results.push(...(await Promise.all(some)).map(({ acked }) => acked));
    }
    expect(results.every(Boolean)).toBe(true);
    await expect.poll(() => other.heard().length).toBe(texts.length);
    expect(other.heard()).toEqual(texts);
  });
}
