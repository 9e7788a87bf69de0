/**
 * The simulator and the fuzzers for as long as one likes, on all cores.
 *
 *   npm run soak -- --seeds 20000 --first-seed 1 --fuzz-minutes 10
 *
 * `--model-ops 3` looks at every set of up to three operations of an account beyond its beginnings, one claim after the other.
 * `--mutants` instead puts known faults into a copy of the core, one at a time, and says which of them the simulator notices.
 * Ends with exit status 1 at the first violation and prints the seed that shows it again.
 */
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { runMutants } from "./soak/run-mutants.ts";
import { CLAIMS } from "../test/unit/account/model/claims.ts";
import type { Answer, Task } from "./soak/tasks.ts";

const PROGRESS_MS = 10_000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20000" },
    "first-seed": { type: "string", default: "1" },
    "fuzz-minutes": { type: "string", default: "0" },
    "model-ops": { type: "string", default: "0" },
    mutants: { type: "boolean", default: false },
    workers: { type: "string", default: String(availableParallelism()) },
  },
});

function numberOf(name: Exclude<keyof typeof values, "mutants">, least: number): number {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= least) return value;
  process.stderr.write(`--${name} wants a number from ${least} on.\n`);
  process.exit(2);
}

const seeds = numberOf("seeds", 0);
const first = numberOf("first-seed", 1);
const fuzzMinutes = numberOf("fuzz-minutes", 0);
const modelOps = numberOf("model-ops", 0);
const workers = numberOf("workers", 1);
const started = performance.now();
const running = new Set<ChildProcess>();
let done = 0;
let slowest = 0;
let fuzzed = 0;

async function main(): Promise<void> {
  const tick = setInterval(progress, PROGRESS_MS);
  const next = tasks();
  await Promise.all(Array.from({ length: workers }, () => work(next)));
  clearInterval(tick);
  progress();
  process.stdout.write("No violation.\n");
}

/** Fuzzing is spread evenly: it takes turns with the seeds. */
function* tasks(): Generator<Task> {
  if (modelOps > 0) for (const claim of Object.keys(CLAIMS)) yield { kind: "model", claim, ops: modelOps, seed: first };
  for (let i = 0; i < fuzzMinutes; i++) yield { kind: "fuzz", seed: first + i, milliseconds: 60_000 };
  for (let seed = first; seed < first + seeds; seed++) yield { kind: "seed", seed };
}

async function work(next: Generator<Task>): Promise<void> {
  const child = fork(new URL("./soak/worker.ts", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  running.add(child);
  for (let task = next.next(); !task.done; task = next.next()) count(task.value, await ask(child, task.value));
  running.delete(child);
  child.disconnect();
}

function ask(child: ChildProcess, task: Task): Promise<Answer> {
  return new Promise((resolve) => {
    const died = () => resolve({ violations: ["the process died"], healed: 0, runs: 0 });
    child.once("exit", died);
    child.once("message", (answer) => {
      child.off("exit", died);
      resolve(answer as Answer);
    });
    child.send(task);
  });
}

function count(task: Task, { violations, healed, runs }: Answer): void {
  if (violations.length > 0) return fail(task, violations);
  if (task.kind === "model") process.stdout.write(`Holds for every set of up to ${task.ops} operations: ${task.claim}\n`);
  if (task.kind === "seed") done += 1;
  slowest = Math.max(slowest, healed);
  fuzzed += runs;
}

const WHAT = { seed: "The simulator", fuzz: "Fuzzing", model: "The model of the account" } as const;

function fail(task: Task, violations: readonly string[]): never {
  process.stdout.write(`${WHAT[task.kind]} found a violation with seed ${task.seed}:\n${violations.map((line) => `  ${line}\n`).join("")}`);
  const again = {
    seed: `--seeds 1 --first-seed ${task.seed}`,
    fuzz: `--seeds 0 --fuzz-minutes 1 --first-seed ${task.seed}`,
    model: `--seeds 0 --model-ops ${modelOps}`,
  }[task.kind];
  process.stdout.write(`See it again with: npm run soak -- ${again}\n`);
  for (const child of running) child.kill("SIGKILL");
  process.exit(1);
}

function progress(): void {
  const seconds = Math.round((performance.now() - started) / 1000);
  const healed = `healed within ${(slowest / 60_000).toFixed(0)} virtual minutes at most`;
  process.stdout.write(`${seconds} s: ${done} of ${seeds} seeds, ${healed}; ${fuzzed} fuzzed inputs\n`);
}

if (values.mutants) {
  const missed = runMutants(first);
  process.stdout.write(missed.length === 0 ? "Every mutant was noticed.\n" : `Not noticed: ${missed.join("; ")}\n`);
  process.exit(missed.length === 0 ? 0 : 1);
}
await main();
