import type { Blob, Blobs } from "./blob-port.ts";

const MOST = 16;

/** Blobs that are open, so that each chunk does not open its file again. The least recently used ones are closed. */
export class OpenBlobs {
  readonly #blobs: Blobs;
  readonly #open = new Map<string, Promise<Blob>>();
  readonly #users = new Map<string, number>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** `run` has the blob for as long as it takes. */
  async use<T>(name: string, run: (blob: Blob) => Promise<T>): Promise<T> {
    this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
    try {
      return await run(await this.#get(name));
    } finally {
      const users = (this.#users.get(name) ?? 1) - 1;
      if (users > 0) this.#users.set(name, users);
      else this.#users.delete(name);
    }
  }

  async remove(name: string): Promise<void> {
    await this.#close(name);
    await this.#blobs.remove(name);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((name) => this.#close(name)));
  }

  async #get(name: string): Promise<Blob> {
    const known = this.#open.get(name);
    this.#open.delete(name);
    const opening = known ?? this.#blobs.open(name);
    this.#open.set(name, opening);
    try {
      if (!known) await this.#makeRoom();
      return await opening;
    } catch (error) {
      this.#open.delete(name);
      throw error;
    }
  }

  async #makeRoom(): Promise<void> {
    for (const name of [...this.#open.keys()].slice(0, Math.max(0, this.#open.size - MOST)))
      if (!this.#users.has(name)) await this.#close(name);
  }

  async #close(name: string): Promise<void> {
    const opening = this.#open.get(name);
    this.#open.delete(name);
    const blob = await opening?.catch(() => undefined);
    await blob?.close();
  }
}
