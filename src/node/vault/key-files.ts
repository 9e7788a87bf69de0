import { randomFillSync } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a new file, 0600, that is on the disk when this resolves. Throws `EEXIST` where there is one. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

/**
 * Overwrites and removes a file; nothing happens where there is none. What a solid-state disk or a copying file system keeps of
 * the old blocks is out of reach.
 */
export async function eraseFile(path: string): Promise<void> {
  const file = await open(path, "r+").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return;
  try {
    const { size } = await file.stat();
    await file.write(randomFillSync(new Uint8Array(size)), 0, size, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

async function syncFolder(path: string): Promise<void> {
  // Windows keeps no handle on a folder.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
