import { describe, expect, test } from "vitest";
import { LABELS, terminalLabel, terminalTrust, TRUST } from "../../../src/security-labels/index.ts";

describe("labels 4: in a terminal", () => {
  test("words and a sign of its own for each, readable without colour", () => {
    expect(LABELS.map((label) => terminalLabel(label, { trust: "unvalidated" }))).toEqual([
      "!! Not encrypted",
      "<o> The server can read this",
      "[^] End-to-end to your home PC",
      "[=] End-to-end, not checked",
    ]);
    expect(terminalTrust("changed")).toBe("(Key has changed)");
  });

  test("without colour it is plain ASCII, with it the same words and the terminal is left as it was", () => {
    for (const label of LABELS) {
      for (const trust of TRUST) {
        const plain = terminalLabel(label, { trust });
        expect(plain).toMatch(/^[ -~]+$/);
        const [before, after] = terminalLabel(label, { trust, colour: true }).split(plain);
        expect([before, after]).toEqual([expect.stringMatching(/^\u001b\[\d+m$/), "\u001b[0m"]);
        expect(terminalTrust(trust, { colour: true })).toContain(terminalTrust(trust));
      }
    }
  });
});
