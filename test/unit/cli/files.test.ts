import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { numbered, safeName } from "../../../src/cli/file-name.ts";
import { barText } from "../../../src/cli/progress-bar.ts";
import { saveFile, targetOf } from "../../../src/cli/save-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "homeport-save-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

test("files: hostile names become plain ones", () => {
  const names: Record<string, string> = {
    "../../etc/passwd": "_.._etc_passwd",
    "/etc/passwd": "_etc_passwd",
    "..": "file",
    "": "file",
    ".bashrc": "bashrc",
    "a\u0000b\u001b[31m.txt": "ab[31m.txt",
    "line\nbreak": "linebreak",
    "photo\u202egpj.exe": "photogpj.exe",
    "C:\\Windows\\x": "C__Windows_x",
    "nul.txt": "_nul.txt",
    "trailing. . ": "trailing",
    "grün 写真 🎉.jpg": "grün 写真 🎉.jpg",
  };
  for (const [given, expected] of Object.entries(names)) expect(safeName(given)).toBe(expected);
});

test("files: whatever a file is called, it lands in the folder under a name that shows and that a file system takes", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 255 }),
        fc.constantFrom("…".repeat(255), "🎉".repeat(127), `${"é".repeat(200)}.tar.gz`),
      ),
      (given) => {
        const name = safeName(given);
        expect(join("/d", name).startsWith("/d/")).toBe(true);
        expect(name).not.toMatch(/[/\\\p{Cc}\p{Bidi_Control}]|^\.|^$/u);
        expect(Buffer.byteLength(numbered(name, 1000))).toBeLessThan(256);
      },
    ),
  );
});

test("files: a name that is taken gets a number, and nothing is ever written over", async () => {
  const target = await targetOf(folder);
  writeFileSync(join(folder, "a.txt"), "old");
  expect(await saveFile(target, "a.txt", 2, pieces("n", "w"))).toBe(join(folder, "a (2).txt"));
  expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("old");
  await expect(targetOf(join(folder, "a.txt"))).rejects.toMatchObject({ code: "exists" });
  await expect(targetOf(join(folder, "none/"))).rejects.toMatchObject({ code: "not-found" });
});

test("files: what breaks off or has another size leaves nothing behind", async () => {
  const before = readdirSync(folder);
  const target = await targetOf(folder);
  await expect(saveFile(target, "b", 5, pieces("abc"))).rejects.toMatchObject({ code: "broken-off" });
  async function* broken() {
    yield* pieces("abc");
    throw new Error("gone");
  }
  await expect(saveFile(target, "b", 5, broken())).rejects.toMatchObject({ code: "not-written" });
  expect(readdirSync(folder)).toEqual(before);
});

test("files: the bar says how far it is", () => {
  expect(barText(0, 4)).toContain("[------------------------]   0 %");
  expect(barText(2 ** 20, 4 * 2 ** 20)).toBe("[######------------------]  25 %  1.0 MiB of 4.0 MiB");
  expect(barText(0, 0)).toContain("100 %");
  expect(barText(2 ** 20, undefined)).toBe("1.0 MiB");
});
