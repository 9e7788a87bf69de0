import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { certificates } from "../test/servers/certs.ts";
import { inspircd } from "../test/servers/inspircd.ts";
import { BenchDevice, openChannel } from "./harness/homeport.ts";
import { limitOf, type Result, summarise } from "./result.ts";

const RUNS = 5;
const SETTLE_MS = 8000;

/** Proportional set size in MB: shared pages count by how many share them. */
const pss = (pid: number): number => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1024;

function descendants(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return [...children, ...children.flatMap(descendants)];
}

/** Memory of a node with one IRC account, some seconds after its start, and the time of the start. */
export async function bench(): Promise<Result> {
  const { caFile } = await certificates();
  await using server = await inspircd({ flood: "none" });
  await using home = await BenchDevice.create();
  await home.run("init", "--name", "home", "--no-recovery");
  await home.start();
  await openChannel(home, { tlsPort: server.tlsPort, caFile }, "#idle");
  await home.stop();
  const samples: { node: number; bridge: number; start: number; bare: number }[] = [];
  for (let run = 0; run < RUNS; run++) {
    await home.start();
    await sleep(SETTLE_MS);
    const bridge = descendants(home.pid).reduce((sum, pid) => sum + pss(pid), 0);
    samples.push({ node: pss(home.pid), bridge, start: home.startMs, bare: await bareNode() });
    await home.stop();
  }
  const node = summarise(samples.map((sample) => sample.node));
  return {
    name: "idle",
    unit: "MB (PSS) of the node",
    ...node,
    bridge: summarise(samples.map((sample) => sample.bridge)),
    startMs: summarise(samples.map((sample) => sample.start)),
    limit: limitOf(
      "an empty Node process, MB (PSS)",
      node.median,
      samples.map((sample) => sample.bare),
    ),
  };
}

async function bareNode(): Promise<number> {
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { stdio: "ignore" });
  await sleep(700);
  const memory = pss(child.pid as number);
  child.kill("SIGKILL");
  return memory;
}
