import { describe, expect, test } from "vitest";
import { deriveLabel, isAtLeast, LABELS, mayTravel, type SecurityLabel } from "../../../src/security-labels/index.ts";
import { everyFacts, facts, link, ORIGINS } from "./all-facts.ts";

const CEILING = "e2ee-at-bridge";

describe("labels 3: minLabel at the moment of sending", () => {
  test("lets through what the connection gives, and refuses after a downgrade, with the reason", () => {
    expect(mayTravel("server-reads", facts(), CEILING)).toEqual({ ok: true, label: "server-reads" });
    expect(mayTravel("server-reads", facts({ link: link({ verified: false }) }), CEILING)).toEqual({
      ok: false,
      label: "plaintext",
      reason: 'The message asks for at least "The server can read this", but the connection now gives "Not encrypted"; nothing was sent.',
    });
  });

  test("agrees with the derived label for all facts, ceilings and minimums", () => {
    const live = everyFacts().filter(({ source }) => source === "live");
    const cases = live.flatMap((one) =>
      ORIGINS.flatMap((origin) => LABELS.flatMap((ceiling) => LABELS.map((minimum) => ({ one, origin, ceiling, minimum })))),
    );
    const wrong = cases.filter(({ one, origin, ceiling, minimum }) => {
      const label = deriveLabel(one, ceiling, origin);
      const passage = mayTravel(minimum, one, ceiling, origin);
      return passage.label !== label || passage.ok !== isAtLeast(label, minimum);
    });
    expect(wrong).toEqual([]);
  });

  test("a connection of which nothing is known carries plaintext only", () => {
    for (const unknown of [undefined, facts({ source: "history" })]) {
      expect(LABELS.map((minimum) => mayTravel(minimum, unknown, CEILING, "homeport").ok)).toEqual([true, false, false, false]);
    }
  });

  test("no bridge carries what is for Homeport devices only, and none an unknown minimum", () => {
    const best = facts({ e2ee: { protocol: "omemo:2", peer: "verified" } });
    expect(mayTravel("e2ee-device", best, "e2ee-device", "homeport")).toMatchObject({
      ok: false,
      reason: expect.stringContaining("Homeport devices only"),
    });
    expect(mayTravel("unbreakable" as SecurityLabel, best, CEILING, "homeport")).toMatchObject({
      ok: false,
      reason: expect.stringContaining("does not know"),
    });
  });
});
