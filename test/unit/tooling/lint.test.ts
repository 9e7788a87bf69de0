import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ROOT, temporaryProject } from "./temporary-project.ts";

/** What the core must not reach for, and the word by which the linter refuses it. */
const WORLD = {
  clock: ["export const a = Date.now();", "Clock port"],
  "clock-by-constructor": ["export const a = new Date();", "Clock port"],
  "monotone-clock": ["export const a = performance.now();", "Clock port"],
  randomness: ["export const a = Math.random();", "Math.random"],
  "randomness-by-destructuring": ["export const { random } = Math;", "Math.random"],
  timers: ["setTimeout(String, 1);", "Clock port"],
  "global-object": ["export const a = globalThis.setTimeout;", "take a port"],
  console: ['console.log("x");', "does not log"],
  "web-crypto": ["export const a = crypto.randomUUID();", "Random and Crypto"],
  buffer: ['export const a = Buffer.from("a");', "Uint8Array"],
} as const;

const FAULTS = {
  "no-floating-promises": "export function a(p: Promise<void>): void {\n  p;\n}",
  "await-thenable": "export async function a(n: number): Promise<number> {\n  return await n;\n}",
  "no-misused-promises": "export function a(p: Promise<boolean>): number {\n  return p ? 1 : 2;\n}",
  "switch-exhaustiveness-check":
    'export function a(k: "x" | "y"): number {\n  switch (k) {\n    case "x":\n      return 1;\n  }\n  return 2;\n}',
  "only-throw-error": 'export function a(): never {\n  throw "x";\n}',
  "no-explicit-any": "export const a = (b: any): void => b;",
  "no-empty": "export function a(b: () => void): void {\n  try {\n    b();\n  } catch {}\n}",
  "no-console": 'console.log("x");',
} as const;

const CORE = ["src/security-labels", "src/sync", "src/device"];

let messages: string[];

beforeAll(() => {
  const files: [string, string][] = [["src/node/clock.ts", "export const a = Date.now();"]];
  for (const folder of CORE) for (const [name, [text]] of Object.entries(WORLD)) files.push([`${folder}/${name}.ts`, text]);
  for (const [name, text] of Object.entries(FAULTS)) files.push([`src/node/${name}.ts`, text]);
  using project = temporaryProject(Object.fromEntries(files.map(([path, text]) => [path, `${text}\n`])));
  const { output } = project.run(join(ROOT, "node_modules", ".bin", "oxlint"), "--format=unix", "src");
  messages = output.split("\n");
}, 60_000);

const about = (path: string): string => messages.filter((message) => message.startsWith(`${path}:`)).join("\n");

describe("the core has no world of its own", () => {
  it.for(Object.entries(WORLD))("%s", ([name, [, word]]) => {
    for (const folder of CORE) expect(about(`${folder}/${name}.ts`)).toContain(word);
  });

  it("elsewhere a clock is no fault", () => {
    expect(about("src/node/clock.ts")).toBe("");
  });
});

describe("the linter knows the types", () => {
  it.for(Object.keys(FAULTS))("%s", (rule) => {
    expect(about(`src/node/${rule}.ts`)).toContain(`(${rule})`);
  });
});
