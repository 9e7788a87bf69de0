import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const SCRIPT = join(import.meta.dirname, "..", "peers", "raw-libp2p.mjs");

export interface RawTransfer {
  ms: number;
  /** Processor time of the receiving process. */
  cpuMs: number;
}

/** The peer that is compared with: a bare libp2p stream between two processes. */
export class RawLibp2p implements Disposable {
  readonly #receiver: ChildProcess;
  readonly #lines: AsyncIterator<string, undefined>;
  readonly #bytes: number;
  #address = "";

  private constructor(bytes: number) {
    this.#bytes = bytes;
    this.#receiver = spawn(process.execPath, [SCRIPT, "receive", String(bytes)], { stdio: ["ignore", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#receiver.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  static async start(bytes: number): Promise<RawLibp2p> {
    const raw = new RawLibp2p(bytes);
    raw.#address = (await raw.#next<{ address: string }>()).address;
    return raw;
  }

  async transfer(): Promise<RawTransfer> {
    const sender = spawn(process.execPath, [SCRIPT, "send", String(this.#bytes), this.#address], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const ended = once(sender, "exit");
    const result = await this.#next<RawTransfer>();
    await ended;
    return result;
  }

  [Symbol.dispose](): void {
    this.#receiver.kill("SIGTERM");
  }

  async #next<T>(): Promise<T> {
    const line = await this.#lines.next();
    if (line.value === undefined) throw new Error("the raw receiver ended");
    return JSON.parse(line.value) as T;
  }
}
