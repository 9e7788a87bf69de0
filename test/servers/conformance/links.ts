import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { deriveLabel } from "../../../src/security-labels/index.ts";
import { backAgain, connected, flows, outcomeOf, type Present, say } from "./scene.ts";

/** The link is other than it was when the message was written. */
export function links(network: Present): void {
  test("K50: more protection than the network can give is refused, and nothing of it leaves", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    const secret = say(conv, "for their device only", { minLabel: "e2ee-device" });
    expect(await outcomeOf(plugin.execute(secret))).toMatchObject({ acked: false, sent: "no", code: "insecure" });
    await flows(scene);
    expect(other.heard().join("\n")).not.toContain("for their device only");
  });

  test("K51: a certificate that changes to a good one is no trouble", async () => {
    await using scene = await connected(network());
    await restartedWith("renewed", scene);
    await backAgain(scene);
    await restartedWith("right", scene);
  });

  test("K52: one that does not verify is not connected to: the state says so, nothing leaves, and it goes on when all is right again", {
    timeout: 300_000,
  }, async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    await restartedWith("wrong", scene);
    expect(await plugin.host.inState("backoff", ({ error }) => error?.code === "insecure", 30_000)).toMatchObject({
      error: { sent: "no" },
    });
    expect(await outcomeOf(plugin.execute(say(conv, "to whoever answers")))).toMatchObject({ acked: false, sent: "no", code: "offline" });
    await restartedWith("right", scene);
    await plugin.stop();
    await plugin.start();
    await backAgain(scene);
    expect(other.heard()).not.toContain("to whoever answers");
  });

  test("K53: the link is worse when the message is sent than when it was written: refused unless the person wants it so", async () => {
    await using scene = await connected(network(), { allowUnverified: true });
    const { plugin, other, conv } = scene;
    const best = network().traits.label;
    expect(await outcomeOf(plugin.execute(say(conv, "good link", { minLabel: best })))).toMatchObject({ acked: true });
    await restartedWith("wrong", scene);
    await backAgain(scene);
    expect(await outcomeOf(plugin.execute(say(conv, "bad link", { minLabel: best })))).toMatchObject({
      acked: false,
      sent: "no",
      code: "insecure",
    });
    expect(await outcomeOf(plugin.execute(say(conv, "in the open", { minLabel: "plaintext" })))).toMatchObject({ acked: true });
    other.say("over the bad link");
    const { sec } = await plugin.host.message("over the bad link");
    expect(deriveLabel(sec, best, "homeport")).toBe("plaintext");
    expect(other.heard()).not.toContain("bad link");
    await restartedWith("right", scene);
  });

  async function restartedWith(which: "right" | "renewed" | "wrong", { other }: { other: { comeBack(): Promise<void> } }): Promise<void> {
    await network().kill();
    network().useCertificate?.(which);
    await sleep(100);
    await network().start();
    await other.comeBack();
  }
}
