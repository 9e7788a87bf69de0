import { expect, test } from "vitest";
import { texts as de } from "../../../src/app/texts/de/index.ts";
import { texts as en } from "../../../src/app/texts/en/index.ts";

/** Names of all texts, without the plural form; languages have different ones. */
function names(texts: object, prefix = ""): string[] {
  return Object.entries(texts).flatMap(([name, text]) =>
    typeof text === "string" ? [prefix + name.replace(/_(zero|one|two|few|many|other)$/, "")] : names(text as object, `${prefix}${name}.`),
  );
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/{{\s*(\w+)/g)].map(([, name]) => name ?? "").sort();
}

function at(texts: object, name: string): string {
  const found = name.split(".").reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], texts);
  return typeof found === "string" ? found : "";
}

test("every text is there in every language", () => {
  expect([...new Set(names(de))].sort()).toEqual([...new Set(names(en))].sort());
});

test("a translation takes the same values as the text", () => {
  for (const name of names(en)) expect([name, placeholders(at(de, name))]).toEqual([name, placeholders(at(en, name))]);
});
