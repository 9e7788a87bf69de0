import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { connected, flows, outcomeOf, type Present, say } from "./scene.ts";

const INCOMING = [
  "\u202etxet desrever",
  "zero\u200bwidth and \ufeffmark",
  "Z̴̡̛̼̱͖a̵̧l̸g̷o̶",
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}".repeat(10),
  "</script><img src=x onerror=alert(1)>",
  "%s%n%x {{constructor}} ${process.exit()} __proto__ constructor",
  "\u001b[2J\u001b]0;title\u0007",
  '{"kind":"message","txn":"x"}',
  "a".repeat(350),
];

/** Texts that mean ill, and texts that are too long. */
export function hostileTexts(network: Present): void {
  test("K40: whatever somebody says is one message, and the next one is heard", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    for (const text of INCOMING) other.say(text);
    await flows(scene);
    const heard = plugin.host.of("message").filter((message) => message.conv === conv && !message.body.text.startsWith("in "));
    expect(heard).toHaveLength(INCOMING.length);
    for (const { body, from, txn } of heard) {
      expect(body.text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      expect([from === "self", txn]).toEqual([false, undefined]);
    }
  });

  test("K41: whatever we say is one message or refused before it leaves, and never a command", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    const texts = [...network().traits.injections, ...INCOMING];
    const told: { text: string; acked: boolean }[] = [];
    for (const text of texts) {
      const outcome = await outcomeOf(plugin.execute(say(conv, text)));
      if (!outcome.acked) expect(outcome.sent, text).toBe("no");
      told.push({ text, acked: outcome.acked });
    }
    await flows(scene);
    const heard = other.heard().filter((text) => !text.startsWith("out "));
    expect(heard).toHaveLength(told.filter(({ acked }) => acked).length);
    expect(heard.filter((text) => network().traits.injections.includes(text))).toEqual([]);
  });

  test("K42: a long text is split so that every part arrives whole; one that is not split is refused", async () => {
    await using scene = await connected(network());
    const { plugin, other, conv } = scene;
    const text = "Grüße 😀 und mehr – ".repeat(120).trim();
    expect(await outcomeOf(plugin.execute(say(conv, text.repeat(200))))).toMatchObject({ acked: false, sent: "no", code: "too-large" });
    const parts = await plugin.split(conv, text, "text");
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts) expect(await outcomeOf(plugin.execute(say(conv, part))), part).toMatchObject({ acked: true });
    await expect.poll(() => other.heard().length).toBe(parts.length);
    expect(other.heard()).toEqual(parts);
    expect(other.heard().join(" ")).toBe(text);
  });

  test("K43: lines of a text become messages of their own where the network knows only lines", async () => {
    await using scene = await connected(network());
    const { plugin, conv } = scene;
    const parts = await plugin.split(conv, "one\r\ntwo\n\nthree\rfour", "text");
    if (network().traits.singleLine) expect(parts).toEqual(["one", "two", "three", "four"]);
    for (const part of parts) expect(await outcomeOf(plugin.execute(say(conv, part)))).toMatchObject({ acked: true });
    const many = plugin.split(conv, "x\n".repeat(1000), "text");
    if (network().traits.singleLine) await expect(many).rejects.toMatchObject({ data: { code: "too-large", sent: "no" } });
    else expect(await many).toHaveLength(1);
    expect(Buffer.byteLength((await plugin.split(conv, "ü", "text")).join(""))).toBe(2);
  });
}
