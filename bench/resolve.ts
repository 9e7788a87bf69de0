import { resolve } from "../src/sync/account/resolve.ts";
import { crypto, World } from "../test/unit/account/world.ts";
import { type Result, summarise } from "./result.ts";

const RUNS = 21;
const DEVICES = 32;
const OPS = 1024;
const AIM_MS = 20;

/**
 * 32 devices and 1,024 ops, from nothing to where everybody stands (A6): sponsors of sponsors, three branches that meet again
 * and again, devices that freeze each other and take it back, and revocations.
 */
export async function bench(): Promise<Result> {
  const { account, ops } = manyOps();
  const samples: number[] = [];
  for (let run = 0; run < RUNS + 3; run++) {
    const begun = performance.now();
    resolve(crypto, account, ops);
    samples.push(performance.now() - begun);
  }
  return { name: "resolve", unit: "ms", ...summarise(samples.slice(3)), devices: DEVICES, ops: ops.length, aimMs: AIM_MS };
}

function manyOps(): World {
  const world = new World("d0");
  const name = (n: number) => `d${n % DEVICES}`;
  for (let n = 1; n < DEVICES; n++) world.add(name(n >> 1), name(n));
  for (let n = 0; world.ops.length < OPS - 6; n++) {
    const [author, device] = [n % DEVICES, (n * 7 + 3) % DEVICES];
    if (author === device) continue;
    // Some know only what is some ops old, so that branches arise.
    const where = n % 3 === 0 ? { after: [world.ops.at(-5) as never] } : {};
    if (n % 2 === 0) world.freeze(name(author), name(device), where);
    else world.unfreeze(name(author), name(device), where);
  }
  for (let n = 0; world.ops.length < OPS; n++) world.revoke("d0", name(DEVICES - 1 - n));
  return world;
}
