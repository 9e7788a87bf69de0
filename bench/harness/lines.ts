import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { now } from "./homeport.ts";

/** Notes when which text was seen. */
export class Sightings {
  readonly #at = new Map<string, number>();
  readonly #waiting: { count: number; resolve: () => void }[] = [];
  /** Texts that came again. */
  repeated = 0;

  see(text: string, at: number): void {
    if (this.#at.has(text)) this.repeated += 1;
    this.#at.set(text, at);
    for (const waiting of this.#waiting.splice(0)) {
      if (this.#at.size >= waiting.count) waiting.resolve();
      else this.#waiting.push(waiting);
    }
  }

  get count(): number {
    return this.#at.size;
  }

  at(text: string): number | undefined {
    return this.#at.get(text);
  }

  /** The time of the last one; resolves when there are so many, or after the limit with what there is. */
  async last(count: number, limitMs: number): Promise<number> {
    if (this.#at.size < count) {
      const timer = Promise.withResolvers<void>();
      const handle = setTimeout(timer.resolve, limitMs);
      await Promise.race([new Promise<void>((resolve) => this.#waiting.push({ count, resolve })), timer.promise]);
      clearTimeout(handle);
    }
    return Math.max(...this.#at.values());
  }
}

/** The peer that is compared with: a bare irc-framework client in a process of its own. */
export async function rawClient(server: { tlsPort: number; caFile: string }, channel: string, sightings: Sightings): Promise<ChildProcess> {
  const script = join(import.meta.dirname, "..", "peers", "raw-irc.mjs");
  const child = spawn(process.execPath, [script, "127.0.0.1", String(server.tlsPort), "rawclient", channel, server.caFile], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as { event?: string; text: string };
    if (line.event === "ready") ready.resolve();
    else sightings.see(line.text, now());
  });
  child.once("exit", () => ready.reject(new Error("the raw client ended")));
  await ready.promise;
  return child;
}
