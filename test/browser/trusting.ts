import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { chromiumPlace } from "../servers/chromium.ts";
import { libraryPath, provision } from "../servers/provision.ts";

const run = promisify(execFile);

/**
 * Chromium of a person who installed this authority (PEM), if any, in a home folder of its own, for whom every name of `home.arpa` leads to this
 * machine. Whatever else is wrong with a certificate is still refused.
 */
export async function trustingChromium(authority: string | undefined): Promise<{ browser: Browser; close(): Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), "homeport-nss-"));
  if (authority !== undefined) await trust(home, authority);
  const place = await chromiumPlace();
  const browser = await chromium.launch({
    ...place,
    env: { ...place.env, HOME: home },
    args: [...place.args, "--host-resolver-rules=MAP *.home.arpa 127.0.0.1"],
  });
  return {
    browser,
    async close() {
      await browser.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Chromium on Linux reads `~/.pki/nssdb`. */
async function trust(home: string, authority: string): Promise<void> {
  const store = join(home, ".pki", "nssdb");
  mkdirSync(store, { recursive: true });
  const { root } = await provision("certutil");
  const file = join(home, "ca.pem");
  writeFileSync(file, authority);
  const certutil = (...args: string[]) =>
    run(join(root, "usr/bin/certutil"), ["-d", `sql:${store}`, ...args], { env: { LD_LIBRARY_PATH: libraryPath(root), HOME: home } });
  await certutil("-N", "--empty-password");
  await certutil("-A", "-n", "Homeport", "-t", "C,,", "-i", file);
}
