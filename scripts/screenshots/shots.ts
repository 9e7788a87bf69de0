import type { Page } from "playwright-core";

export const THEMES = ["light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const SIZES = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 } },
} as const;
export type Size = keyof typeof SIZES;

export interface Shot {
  name: string;
  /** Of the address; else the list of conversations. */
  hash?: string;
  /** What is done before. */
  prepare?(page: Page): Promise<unknown>;
}

export const SHOTS: readonly Shot[] = [
  { name: "chats" },
  { name: "chat", prepare: (page) => page.getByRole("option", { name: "#hamburg" }).click() },
  { name: "bridges", hash: "/bridges" },
  { name: "devices", hash: "/devices" },
  { name: "who", hash: "/who" },
  { name: "settings", hash: "/settings" },
  { name: "settings-appearance", hash: "/settings/appearance" },
  { name: "settings-about", hash: "/settings/about" },
  { name: "keys", hash: "/who", prepare: (page) => page.keyboard.press("?") },
];
