import { expect, test } from "vitest";
import { NOTICES } from "../../../src/sync/content/account.ts";
import { texts as de } from "../../../src/app/texts/de/index.ts";
import { texts as en } from "../../../src/app/texts/en/index.ts";
import { SHORTCUTS } from "../../../src/app/ui/keys/key-list.ts";
import { hashOf, PAGES, type Route, routeOf, titleOf } from "../../../src/app/ui/addresses.ts";
import { SECTIONS } from "../../../src/app/ui/settings/section-ids.ts";

const ROUTES: Route[] = [
  ...PAGES.map((page) => ({ page })),
  ...SECTIONS.map((section) => ({ page: "settings" as const, section })),
  { page: "chat", conversation: "con_a/b#c ü" },
  { page: "devices", device: "dev_1" },
  { page: "bridges", account: "acc_1" },
];

function at(texts: object, name: string): unknown {
  return name.split(".").reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], texts);
}

test.each(ROUTES)("the address of $page leads back to it", (route) => {
  expect(routeOf(hashOf(route))).toEqual(route);
});

test.each(ROUTES)("$page has a title in every language", (route) => {
  for (const texts of [en, de]) expect(at(texts, titleOf(route))).toEqual(expect.any(String));
});

test("what is to be known of the account has words in every language", () => {
  for (const code of NOTICES)
    for (const texts of [en, de]) expect([code, at(texts, `devices.notice.${code}`)]).toEqual([code, expect.any(String)]);
});

test("an address that is none leads to the conversations", () => {
  for (const hash of ["", "#", "#/", "#/nothing", "#/c/", "#/c/%ff", "#token=x"]) expect(routeOf(hash)).toEqual({ page: "chats" });
  expect(routeOf("#/settings/nothing")).toEqual({ page: "settings" });
});

test("every key has words in every language, and no two keys are the same", () => {
  for (const { id, group } of SHORTCUTS)
    for (const texts of [en, de])
      expect([at(texts, `keys.does.${id}`), at(texts, `keys.group.${group}`)]).toEqual([expect.any(String), expect.any(String)]);
  expect(new Set(SHORTCUTS.map(({ keys }) => keys)).size).toBe(SHORTCUTS.length);
});
