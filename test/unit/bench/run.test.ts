import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const RUN = join(import.meta.dirname, "..", "..", "..", "bench", "run.ts");

it("a benchmark that is not there is a usage error, and stdout stays empty", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, "../run"], { encoding: "utf8" });
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain('There is no benchmark "../run"');
});
