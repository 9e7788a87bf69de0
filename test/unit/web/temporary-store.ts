import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { WebStore } from "../../../src/node/web/web-store.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** In a folder that is gone after the test. */
export function temporaryStore(): WebStore {
  const folder = mkdtempSync(join(tmpdir(), "homeport-web-"));
  folders.push(folder);
  return new WebStore(folder);
}
