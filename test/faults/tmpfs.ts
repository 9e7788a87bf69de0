import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A file system of a few megabytes, in memory. Only root can mount one. */
export class SmallDisk implements Disposable {
  readonly folder: string;

  constructor(folder: string, megabytes: number) {
    mkdirSync(folder);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0755`, "homeport-test", folder]);
    this.folder = folder;
  }

  /** Leaves no more than so many bytes free. */
  fill(leaving = 0): void {
    const file = openSync(this.#ballast, "a");
    try {
      for (const size of [65_536, 4096, 1]) while (this.#append(file, size));
    } finally {
      closeSync(file);
    }
    if (leaving > 0) this.free(leaving);
  }

  /** Gives so many bytes back, or all that `fill` took. */
  free(bytes?: number): void {
    if (bytes === undefined) rmSync(this.#ballast, { force: true });
    else execFileSync("truncate", ["--size", `-${bytes}`, this.#ballast]);
  }

  [Symbol.dispose](): void {
    execFileSync("umount", ["--lazy", this.folder]);
  }

  get #ballast(): string {
    return join(this.folder, "ballast");
  }

  #append(file: number, size: number): boolean {
    try {
      return writeSync(file, Buffer.alloc(size)) === size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
      throw error;
    }
  }
}
