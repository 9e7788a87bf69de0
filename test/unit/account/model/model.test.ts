import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { resolve } from "../../../../src/sync/account/resolve.ts";
import { CLAIMS, type Resolve } from "./claims.ts";
import { firstFault } from "./search.ts";
import { BASES } from "./universe.ts";

/** Ops beyond the base. Two take seconds, three a minute, four a night. */
const MOST = Number(process.env["HOMEPORT_MODEL_OPS"] ?? 2);
const MINUTES = 60_000;

describe(`every set of up to ${MOST} ops on each of ${BASES.length} beginnings`, () => {
  for (const [claim, check] of Object.entries(CLAIMS)) {
    it(claim, () => expect(firstFault(resolve, MOST, [[claim, check]])?.what).toBeUndefined(), 600 * MINUTES);
  }
});

/** A rule that is left out of the code: in a copy of the folder, each text is replaced by the other. */
interface Mutant {
  rule: string;
  file: string;
  changes: readonly (readonly [from: string, to: string])[];
}

const mutant = (rule: string, file: string, ...changes: Mutant["changes"]): Mutant => ({ rule, file, changes });

const MUTANTS: readonly Mutant[] = [
  mutant(
    "A4: seniority",
    "walk.ts",
    ["isSenior(cut.rank, term.rank) && ", ""],
    ["const difference = compareRanks(a.rank, b.rank);", "const difference = compareRanks(b.rank, a.rank);"],
  ),
  mutant("A4: browsers", "walk.ts", [
    'else if (term.admission.class === "full") pushTo(this.#revocations',
    "else pushTo(this.#revocations",
  ]),
  mutant("A6: what a revocation did not know", "walk.ts", ["cuts.every((cut) => dag.isBefore(op, cut))", "true"]),
  mutant("A6: forks", "walk.ts", ["if (seq >= fork) return;", ""]),
  mutant("A6: the order", "recovery.ts", ["return a.key < b.key;", "return false;"]),
  mutant("A5: who was not kept", "walk.ts", ["!recovery.keep.has(device) && ", "false && "]),
  mutant("A5: who is kept", "walk.ts", ["keeper !== undefined && dag.isBefore(op, keeper.op)", "false"]),
  mutant("A5: what is concurrent", "recovery.ts", ["return !dag.isBefore(recovery.op, op);", "return false;"]),
  mutant("A9: waiting", "walk.ts", ["const awake = new Set(ops.filter((op) => ", "const awake = new Set(ops.filter((op) => true || "]),
  mutant("A9: whom a frozen senior revoked", "walk.ts", ["term.disputes = this.#disputesOf(term);", ""]),
];

const copies: string[] = [];

afterAll(() => {
  for (const folder of copies) rmSync(folder, { recursive: true, force: true });
});

/** The real code but for one rule. */
async function mutated({ file, changes }: Mutant): Promise<Resolve> {
  const source = fileURLToPath(new URL("../../../../src/sync", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "homeport-mutant-"));
  copies.push(folder);
  for (const name of readdirSync(source)) if (name !== "account") symlinkSync(join(source, name), join(folder, name));
  cpSync(join(source, "account"), join(folder, "account"), { recursive: true });
  const path = join(folder, "account", file);
  let text = readFileSync(path, "utf8");
  for (const [from, to] of changes) {
    expect(text.split(from).length, `${file} says this once: ${from}`).toBe(2);
    text = text.replace(from, to);
  }
  writeFileSync(path, text);
  const { resolve: changed } = (await import(pathToFileURL(join(folder, "account", "resolve.ts")).href)) as { resolve: Resolve };
  return changed;
}

describe("a rule that is left out is missed", () => {
  for (const left of MUTANTS) {
    it(left.rule, async () => {
      expect(firstFault(await mutated(left), 2, Object.entries(CLAIMS))).toBeDefined();
    });
  }
});
