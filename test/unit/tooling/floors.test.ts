import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, temporaryProject } from "./temporary-project.ts";

const VALUE_AND_TYPE = "export const a = 1;\nexport type A = number;\n";

function check(files: Readonly<Record<string, string>>): { status: number | null; output: string } {
  using project = temporaryProject(files);
  return project.run(process.execPath, join(ROOT, "scripts", "check-floors.ts"));
}

describe("the floors", { timeout: 60_000 }, () => {
  it("let pass what the table allows", () => {
    const { status, output } = check({
      "src/security-labels/index.ts": VALUE_AND_TYPE,
      "src/sync/core.ts":
        'import type { A } from "../security-labels/index.ts";\nimport { z } from "zod";\nexport const a: A = z.int().parse(1);\nexport type B = A;\n',
      "src/api/a.ts": 'import type { B } from "../sync/core.ts";\nexport const b: B = 1;\n',
      "src/node/x.ts":
        'import { a } from "../sync/core.ts";\nimport { readFileSync } from "node:fs";\nexport const x = [a, readFileSync];\n',
      "src/node/t1.ts": 'import type { B } from "./t2.ts";\nexport type A = { b: B };\n',
      "src/node/t2.ts": 'import type { A } from "./t1.ts";\nexport type B = { a: A };\n',
      "src/cli/main.ts": 'import { b } from "../api/a.ts";\nexport const run = async () => [b, await import("../node/x.ts")];\n',
    });
    expect(output).toContain("every import is allowed");
    expect(status).toBe(0);
  });

  it("report every import that it does not allow", () => {
    const { status, output } = check({
      "src/security-labels/index.ts": VALUE_AND_TYPE,
      "src/sync/core.ts": VALUE_AND_TYPE,
      "src/sync/bad.ts": 'import "node:fs";\nimport "libp2p";\nimport { x } from "../node/x.ts";\nexport const y = x;\n',
      "src/api/bad.ts": 'import type { A } from "../sync/core.ts";\nimport { a } from "../sync/core.ts";\nexport const b: A = a;\n',
      "src/transport/tcp.ts": 'import { connect } from "node:net";\nexport const t = connect;\n',
      "src/device/bad.ts": 'import { t } from "../transport/tcp.ts";\nexport const u = t;\n',
      "src/bridges/irc/plugin.ts": 'import { z } from "zod";\nimport { a } from "../../sync/core.ts";\nexport const p = [z, a];\n',
      "src/bridges/host/bad.ts": 'import { p } from "../irc/plugin.ts";\nimport "vitest";\nexport const q = p;\n',
      "src/node/x.ts": 'import { y } from "./y.ts";\nimport "./missing.ts";\nexport const x = () => y;\n',
      "src/node/y.ts": 'import { x } from "./x.ts";\nexport const y = () => x;\n',
      "src/cli/main.ts": 'import { x } from "../node/x.ts";\nexport const m = x;\n',
      "src/extra/new.ts": 'import "node:fs";\n',
      "src/node/alone.ts": "export const alone = 1;\n",
    });
    for (const line of [
      /^floor-1-sync: src\/sync\/bad\.ts → fs$/m,
      /^floor-1-sync: src\/sync\/bad\.ts → .*node_modules\/libp2p\//m,
      /^floor-1-sync: src\/sync\/bad\.ts → src\/node\/x\.ts$/m,
      /^floor-2-api-types-of-sync: src\/api\/bad\.ts → src\/sync\/core\.ts$/m,
      /^runs-in-a-browser-too: src\/device\/bad\.ts → src\/transport\/tcp\.ts → net$/m,
      /^floor-4-bridges\/irc: src\/bridges\/irc\/plugin\.ts → .*node_modules\/zod\//m,
      /^floor-4-bridges\/irc: src\/bridges\/irc\/plugin\.ts → src\/sync\/core\.ts$/m,
      /^plugins-run-in-their-own-process: src\/bridges\/host\/bad\.ts → src\/bridges\/irc\/plugin\.ts$/m,
      /^no-undeclared-library: src\/bridges\/host\/bad\.ts → .*node_modules\/vitest\//m,
      /^no-circle: src\/node\/x\.ts → src\/node\/y\.ts → src\/node\/x\.ts$/m,
      /^no-unresolvable: src\/node\/x\.ts → \.\/missing\.ts$/m,
      /^floor-5-cli-lazily: src\/cli\/main\.ts → src\/node\/x\.ts$/m,
      /^no-unknown-folder: src\/extra\/new\.ts → fs$/m,
      /^no-orphan: src\/node\/alone\.ts$/m,
    ]) {
      expect(output).toMatch(line);
    }
    expect(status).toBe(1);
  });

  it("fail where nothing was read", () => {
    const { status, output } = check({ "test/x.ts": "export const x = 1;\n" });
    expect(output).toContain("read 0 modules");
    expect(status).toBe(1);
  });
});
