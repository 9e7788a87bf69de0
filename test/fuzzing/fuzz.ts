import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sameBytes, toHex } from "../../src/sync/encoding/bytes.ts";
import { createSodiumCrypto } from "../../src/sync/crypto/sodium.ts";
import { Chance } from "../simulation/world.ts";
import { mutate } from "./mutate.ts";
import { isExpected, type Target, targets } from "./targets.ts";

/** One input may take no longer, whatever the machine is doing besides. */
const SLOW_MS = 2000;
const MAX_GROWTH = 50 << 20;
const SHOWN = 400;

export interface Fuzzed {
  violations: string[];
  runs: number;
}

/** Tries hostile inputs on every decoder until the time is over. The seed chooses the inputs; time only says how many. */
export async function fuzz(seed: number, milliseconds: number): Promise<Fuzzed> {
  const { list, end } = targets(await createSodiumCrypto());
  try {
    return await run(list, new Chance(seed), milliseconds);
  } finally {
    end();
  }
}

async function run(list: readonly Target[], chance: Chance, milliseconds: number): Promise<Fuzzed> {
  const everything = list.flatMap(({ samples }) => samples);
  for (const target of list) for (const sample of target.samples) attempt(target, sample);
  const before = await memory();
  const until = performance.now() + milliseconds;
  let runs = 0;
  while (performance.now() < until) {
    for (const target of list) {
      const wrong = attempt(target, mutate(chance, chance.pick(target.samples), everything));
      if (wrong) return { violations: [wrong], runs };
      runs += 1;
    }
  }
  const growth = (await memory()) - before;
  return { violations: growth > MAX_GROWTH ? [`memory grew by ${growth} bytes`] : [], runs };
}

function attempt(target: Target, input: Uint8Array): string | undefined {
  const started = performance.now();
  const complain = (what: string) => `${target.name}: ${what}; input (${input.length} bytes) ${toHex(input.subarray(0, SHOWN))}`;
  try {
    const again = target.read(input.slice());
    if (again && !sameBytes(again, input)) return complain("is taken in a form in which it would not be written");
  } catch (error) {
    if (!isExpected(error)) return complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const took = performance.now() - started;
  return took > SLOW_MS ? complain(`took ${Math.round(took)} ms`) : undefined;
}

/** What is in use after everything that can be freed was. */
async function memory(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // Buffers outside of the heap are given back a turn after the collector found them.
  for (let round = 0; round < 3; round++) {
    collect();
    await setTimeout(50);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
