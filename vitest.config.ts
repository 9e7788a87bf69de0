import { defineConfig } from "vitest/config";
import { TotalsReporter } from "./scripts/totals-reporter.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

interface Kind {
  /** A folder under `test`. */
  name: string;
  testTimeout: number;
  /** Provisioning of servers happens in hooks. */
  hookTimeout: number;
  /** Real servers and processes: one file at a time, so that two cores measure time truthfully. */
  alone?: boolean;
}

const KINDS: Kind[] = [
  { name: "unit", testTimeout: 30 * SECOND, hookTimeout: 30 * SECOND },
  { name: "simulation", testTimeout: 5 * MINUTE, hookTimeout: 30 * SECOND },
  { name: "servers", testTimeout: 60 * SECOND, hookTimeout: 5 * MINUTE, alone: true },
  { name: "e2e", testTimeout: 2 * MINUTE, hookTimeout: 5 * MINUTE, alone: true },
  { name: "faults", testTimeout: 10 * MINUTE, hookTimeout: 5 * MINUTE, alone: true },
];

export default defineConfig({
  test: {
    maxWorkers: 2,
    teardownTimeout: 20 * SECOND,
    reporters: ["default", new TotalsReporter()],
    projects: KINDS.map(({ name, testTimeout, hookTimeout, alone = false }) => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        environment: "node",
        pool: "forks",
        fileParallelism: !alone,
        testTimeout,
        hookTimeout,
      },
    })),
  },
});
