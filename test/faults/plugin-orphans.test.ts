import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { bwrap, ROOT } from "./plugins/harness.ts";

async function areGone(pids: readonly number[]): Promise<boolean> {
  for (let i = 0; i < 300; i++) {
    if (pids.every((pid) => !existsSync(`/proc/${pid}`))) return true;
    await pause(10);
  }
  return false;
}

async function killHost(...options: string[]): Promise<void> {
  const host = spawn(process.execPath, [join(ROOT, "test/faults/plugins/host-to-kill.ts"), ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(host.stdout), "line")) as [string];
  const { pids, folder } = JSON.parse(line) as { pids: number[]; folder: string };
  expect(pids.every((pid) => existsSync(`/proc/${pid}`))).toBe(true);
  host.kill("SIGKILL");
  expect(await areGone(pids)).toBe(true);
  rmSync(folder, { recursive: true, force: true });
}

describe("a node that is killed leaves no plugin behind", () => {
  it.skipIf(!bwrap.ok)("under bwrap", () => killHost());
  it("without bwrap", () => killHost("--bare"));
});
