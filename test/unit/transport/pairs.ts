import { randomBytes } from "node:crypto";
import { sameBytes } from "../../../src/sync/encoding/bytes.ts";
import type { Link } from "../../../src/sync/ports.ts";
import { createTransport, type Transport, type TransportOptions } from "../../../src/transport/index.ts";

export interface LogLine {
  level: string;
  message: string;
  fields: Record<string, unknown>;
}

export interface Peer {
  transport: Transport;
  log: LogLine[];
}

/** A real transport on a free loopback port; `kind` chooses what it listens on. */
export async function startPeer(kind: "tcp" | "ws", options: Partial<TransportOptions> = {}): Promise<Peer> {
  const log: LogLine[] = [];
  const transport = await createTransport({
    seed: randomBytes(32),
    listen: [kind === "tcp" ? "/ip4/127.0.0.1/tcp/0" : "/ip4/127.0.0.1/tcp/0/ws"],
    mdns: false,
    isKnown: () => true,
    log: (level, message, fields = {}) => void log.push({ level, message, fields }),
    limits: { inboundPerSecond: 1_000 },
    ...options,
  });
  return { transport, log };
}

/** Resolves with the next link that `transport` is offered. */
export function nextLink(transport: Transport, protocol: "sync" | "link" = "sync"): Promise<Link> {
  return new Promise((resolve) => transport.onLink(protocol, resolve));
}

export async function connect(from: Transport, to: Transport, protocol: "sync" | "link" = "sync"): Promise<[Link, Link]> {
  const offered = nextLink(to, protocol);
  const near = await from.dial(to.key, to.addresses(), protocol);
  const far = await offered;
  if (!sameBytes(far.peer, from.key)) throw new Error("a link of somebody else");
  return [near, far];
}

/** Gathers what a link hands over. */
export class Inbox {
  readonly frames: Uint8Array[] = [];
  closed = 0;
  readonly #closing = Promise.withResolvers<void>();
  readonly whenClosed = this.#closing.promise;
  #waiting: { count: number; resolve: () => void }[] = [];

  constructor(link: Link, handle?: (frame: Uint8Array) => void | Promise<void>) {
    link.start({
      frame: (bytes) => {
        this.frames.push(bytes);
        this.#settle();
        return handle?.(bytes);
      },
      closed: () => {
        this.closed++;
        this.#closing.resolve();
      },
    });
  }

  /** Resolves when `count` frames have come. */
  until(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
      this.#settle();
    });
  }

  #settle(): void {
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.frames.length < count) return true;
      resolve();
      return false;
    });
  }
}

export const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Looks every few milliseconds, for at most 10 seconds. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    await wait(10);
  }
}
