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
  /** A dialog over a page that is there in both themes: in one of them. */
  isDialog?: boolean;
  /** In a browser that is no device yet. */
  fresh?: boolean;
  /** What is done before. */
  prepare?(page: Page): Promise<unknown>;
}

const press = (name: string) => (page: Page) => page.getByRole("button", { name }).first().click();

export const SHOTS: readonly Shot[] = [
  { name: "start", fresh: true },
  { name: "chats" },
  { name: "chat", prepare: (page) => page.getByRole("option", { name: "#hamburg" }).click() },
  { name: "bridges", hash: "/bridges" },
  { name: "bridges-add", isDialog: true, hash: "/bridges", prepare: press("Add a network") },
  { name: "devices", hash: "/devices" },
  {
    name: "devices-link",
    isDialog: true,
    hash: "/devices",
    async prepare(page) {
      await press("Link a new device")(page);
      await page.getByRole("dialog").locator("svg.qr").waitFor();
    },
  },
  {
    name: "devices-details",
    isDialog: true,
    hash: "/devices",
    async prepare(page) {
      await press("More about Android phone")(page);
      await page.getByRole("menuitem", { name: "Details" }).click();
    },
  },
  {
    name: "devices-revoke",
    isDialog: true,
    hash: "/devices",
    async prepare(page) {
      await press("More about Android phone")(page);
      await page.getByRole("menuitem", { name: "Shut out" }).click();
    },
  },
  { name: "who", hash: "/who" },
  { name: "settings-appearance", hash: "/settings/appearance" },
  { name: "settings-recovery", hash: "/settings/recovery" },
  { name: "settings-backup", hash: "/settings/backup" },
  { name: "settings-vault", hash: "/settings/vault" },
  { name: "settings-about", hash: "/settings/about" },
  { name: "keys", isDialog: true, hash: "/who", prepare: (page) => page.keyboard.press("?") },
];
