import { expect, test } from "vitest";
import { fuzz } from "../../fuzzing/fuzz.ts";

/** More with `npm run soak -- --fuzz-minutes N`. */
const SECONDS = Number(process.env.HOMEPORT_FUZZ_SECONDS ?? 30);
const seed = Number(process.env.HOMEPORT_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`every decoder refuses hostile input in its own words, in bounded time and memory (seed ${seed})`, { timeout: 300_000 }, async () => {
  const { violations, runs } = await fuzz(seed, SECONDS * 1000);
  expect(violations, `seed ${seed}, after ${runs} inputs`).toEqual([]);
  expect(runs).toBeGreaterThan(SECONDS * 20);
});
