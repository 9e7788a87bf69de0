import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { libraryPath, provision } from "./provision.ts";

export interface ChromiumPlace {
  executablePath: string;
  env: Record<string, string>;
  args: string[];
}

/** Debian's Chromium: the machine's, else an unpacked one. Throws `Unavailable`. */
export async function chromiumPlace(): Promise<ChromiumPlace> {
  // As root, and in containers, it cannot make the namespaces of its own sandbox.
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  const env: Record<string, string> = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/tmp", LC_ALL: "C.UTF-8" };
  if (existsSync("/usr/bin/chromium") && process.env["HOMEPORT_UNPACKED_CHROMIUM"] === undefined)
    return { executablePath: "/usr/bin/chromium", env, args };
  const { root } = await provision("chromium");
  return {
    executablePath: join(root, "usr/lib/chromium/chromium"),
    env: { ...env, LD_LIBRARY_PATH: libraryPath(root), FONTCONFIG_SYSROOT: root },
    args,
  };
}

export async function launchChromium(): Promise<Browser> {
  return chromium.launch(await chromiumPlace());
}
