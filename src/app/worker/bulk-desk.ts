import type { BulkPort } from "../../device/bulk-port.ts";
import { HomeportError } from "../../sync/errors.ts";

const COME_MS = 30_000;

/** Whoever takes the bytes that were offered. */
export interface Taker {
  progress(bytes: number): void;
  done(file: Blob): void;
  failed(): void;
}

type Visitor = { brings: Blob } | { takes: Taker };

/** Where pages of this browser bring and fetch the bytes of files, by the tickets of their calls. */
export class BulkDesk implements BulkPort {
  readonly #waiting = new Map<string, (visitor: Visitor) => void>();

  /** False where nobody waits under this ticket any more. */
  visit(ticket: string, visitor: Visitor): boolean {
    const meet = this.#waiting.get(ticket);
    meet?.(visitor);
    return meet !== undefined;
  }

  async receive<T>(
    signal: AbortSignal,
    tell: (ticket: string) => Promise<void>,
    take: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    const visitor = await this.#meet(signal, tell);
    if (!("brings" in visitor)) throw broken();
    return take(bytesOf(visitor.brings, signal));
  }

  async send(signal: AbortSignal, tell: (ticket: string) => Promise<void>, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const visitor = await this.#meet(signal, tell);
    if (!("takes" in visitor)) throw broken();
    try {
      visitor.takes.done(await collect(bytes, signal, (count) => visitor.takes.progress(count)));
    } catch (error) {
      visitor.takes.failed();
      throw error;
    }
  }

  #meet(signal: AbortSignal, tell: (ticket: string) => Promise<void>): Promise<Visitor> {
    const ticket = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        this.#waiting.delete(ticket);
      };
      const fail = (error: unknown) => {
        end();
        reject(error instanceof Error ? error : new Error("ended", { cause: error }));
      };
      const abort = () => fail(signal.reason);
      const timer = setTimeout(() => fail(broken()), COME_MS);
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.set(ticket, (visitor) => {
        end();
        resolve(visitor);
      });
      if (signal.aborted) abort();
      else tell(ticket).catch(fail);
    });
  }
}

const broken = (): HomeportError => new HomeportError("cancelled", "Nobody came for the bytes of the file.");

async function* bytesOf(file: Blob, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new HomeportError("changed", "The file cannot be read any more; choose it again.", { cause });
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** Blobs of a browser may lie on disk, so that a large file does not fill the memory. */
async function collect(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal, progress: (count: number) => void): Promise<Blob> {
  const parts: Blob[] = [];
  let count = 0;
  for await (const piece of bytes) {
    signal.throwIfAborted();
    parts.push(new Blob([piece as Uint8Array<ArrayBuffer>]));
    progress((count += piece.length));
  }
  return new Blob(parts);
}
