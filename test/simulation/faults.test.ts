import { expect, test } from "vitest";
import { runScenario } from "./scenario.ts";

/** More with `npm run soak`. */
const SEEDS = Number(process.env.HOMEPORT_SEEDS ?? 200);
const FIRST = Number(process.env.HOMEPORT_FIRST_SEED ?? 1);

test(`B1–B6, R3: own devices agree after any faults, nothing is lost and nothing shown twice (${SEEDS} seeds)`, {
  timeout: 60_000 + SEEDS * 10_000,
}, async () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const { violations } = await runScenario(seed);
    expect(violations, `seed ${seed}`).toEqual([]);
  }
});
