import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

type State = "passed" | "failed" | "skipped" | "pending";

/** The last line of a test run, for people and for scripts: `tests: 15 passed, 0 failed, 0 skipped; 3 files; passed`. */
export class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], reason: TestRunEndReason): void {
    const line = totals(modules, errors.length, reason);
    // The summary of the default reporter comes before it.
    process.once("exit", () => process.stdout.write(`${line}\n`));
  }
}

function totals(modules: readonly TestModule[], errors: number, reason: TestRunEndReason): string {
  const counts: Record<State, number> = { passed: 0, failed: 0, skipped: 0, pending: 0 };
  for (const module of modules) for (const test of module.children.allTests()) counts[test.result().state]++;
  const broken = modules.filter((module) => module.state() === "failed").length;
  const parts = [
    `tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} skipped`,
    `${modules.length} files${broken > 0 ? `, ${broken} with failures` : ""}`,
    ...(errors > 0 ? [`${errors} errors outside tests`] : []),
    reason,
  ];
  return parts.join("; ");
}
