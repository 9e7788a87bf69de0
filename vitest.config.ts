import { defineConfig } from "vitest/config";
import { TotalsReporter } from "./scripts/totals-reporter.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

interface Kind {
  name: string;
  /** Default: all tests of the folder of this name under `test`. */
  include?: string;
  exclude?: string;
  testTimeout: number;
  /** Provisioning of servers happens in hooks. */
  hookTimeout: number;
  /** Real servers and processes: one file at a time, so that two cores measure time truthfully. */
  alone?: boolean;
}

const PLUGINS = "test/faults/plugin-*.test.ts";

const KINDS: Kind[] = [
  { name: "unit", testTimeout: 30 * SECOND, hookTimeout: 30 * SECOND },
  { name: "simulation", testTimeout: 5 * MINUTE, hookTimeout: 30 * SECOND },
  { name: "servers", testTimeout: 60 * SECOND, hookTimeout: 5 * MINUTE, alone: true },
  { name: "browser", testTimeout: 2 * MINUTE, hookTimeout: 5 * MINUTE, alone: true },
  { name: "e2e", testTimeout: 2 * MINUTE, hookTimeout: 5 * MINUTE, alone: true },
  // Hostile plugins in the real sandbox: a promise of the product, so that they run with every test.
  { name: "isolation", include: PLUGINS, testTimeout: 2 * MINUTE, hookTimeout: 5 * MINUTE, alone: true },
  { name: "faults", exclude: PLUGINS, testTimeout: 10 * MINUTE, hookTimeout: 5 * MINUTE, alone: true },
];

export default defineConfig({
  test: {
    maxWorkers: 2,
    teardownTimeout: 20 * SECOND,
    reporters: ["default", new TotalsReporter()],
    projects: KINDS.map(({ name, include = `test/${name}/**/*.test.ts`, exclude, testTimeout, hookTimeout, alone = false }) => ({
      test: {
        name,
        include: [include],
        exclude: exclude === undefined ? [] : [exclude],
        environment: "node",
        pool: "forks",
        fileParallelism: !alone,
        testTimeout,
        hookTimeout,
      },
    })),
  },
});
