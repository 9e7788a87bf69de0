import type { Readable } from "node:stream";
import type { Clock } from "../../../sync/ports.ts";
import { TokenBucket } from "../../kit/token-bucket.ts";

const MAX_TAIL = 8 * 1024;
/** Bytes. */
const RATE = { burst: 256 * 1024, perSecond: 64 * 1024 };

/** Keeps the end of what a child writes to its standard error, read no faster than a person could want it. */
export class StderrTail {
  #tail = Buffer.alloc(0);

  constructor(stream: Readable, clock: Clock) {
    const bucket = new TokenBucket(RATE, clock.now());
    stream.on("error", () => stream.destroy());
    stream.on("data", (chunk: Buffer) => {
      this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-MAX_TAIL);
      bucket.spend(clock.now(), chunk.length);
      const wait = bucket.waitMs(clock.now(), 0);
      if (wait === 0) return;
      stream.pause();
      clock.after(wait, () => stream.resume());
    });
  }

  text(): string {
    return this.#tail.toString("utf8");
  }
}

/** The line that says most: the error itself, else the last. At most 300 characters. */
export function tellingLine(text: string): string | undefined {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return (lines.find((line) => /^FATAL ERROR|Error\b.*:|^bwrap:/.test(line)) ?? lines.at(-1))?.slice(0, 300);
}
