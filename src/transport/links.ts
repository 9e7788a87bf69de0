import type { Connection, Stream } from "@libp2p/interface";
import { MalformedError } from "../sync/errors.ts";
import type { Link } from "../sync/ports.ts";
import { withoutPeer } from "./addresses.ts";
import { ConnectionBook, type ConnectionRecord, isInbound } from "./connection-book.ts";
import { keyOf, shortKey } from "./keys.ts";
import type { TransportLimits } from "./limits.ts";
import { FOR_STRANGERS } from "./protocols.ts";
import type { RefusalLog } from "./refusal-log.ts";
import { StreamLink } from "./stream-link.ts";
import type { LinkProtocol, OpenConnection, TransportLog } from "./types.ts";

/** Milliseconds for closing a connection in good order. */
const CLOSE_TIME = 1_000;

export interface LinksInit {
  limits: TransportLimits;
  isKnown(key: Uint8Array): boolean;
  log: TransportLog;
  refusals: RefusalLog;
}

/** The links and the connections that carry them: who may open what, and who has to go. */
export class Links {
  readonly #init: LinksInit;
  readonly #book: ConnectionBook;
  readonly #handlers = new Map<LinkProtocol, (link: Link) => void>();
  #stopping = false;

  constructor(init: LinksInit) {
    this.#init = init;
    this.#book = new ConnectionBook(init.limits, (key) => init.isKnown(key));
  }

  onLink(protocol: LinkProtocol, handler: (link: Link) => void): void {
    this.#handlers.set(protocol, handler);
  }

  opened(connection: Connection): void {
    // Cut while it was made: nothing would tell of its end.
    if (connection.status !== "open") return;
    const entered = this.#stopping ? "stopping" : this.#book.enter(connection, performance.now());
    if (typeof entered !== "string") return;
    this.#init.refusals.add(entered);
    connection.abort(new Error(entered));
  }

  closed(connection: Connection): void {
    this.#book.leave(connection);
  }

  /** A stream that the peer opened: becomes a link, or is refused (F1: a stranger gets nothing but what is for strangers). */
  accept(protocol: LinkProtocol, stream: Stream, connection: Connection): void {
    const key = keyOf(connection.remotePeer);
    if (key === undefined || (!FOR_STRANGERS.has(protocol) && !this.#init.isKnown(key))) {
      this.#init.refusals.add("a stranger opened a protocol of known devices");
      connection.abort(new Error("not for strangers"));
      return;
    }
    const handler = this.#handlers.get(protocol);
    const link = handler === undefined ? undefined : this.attach(stream, connection);
    if (handler === undefined || link === undefined) {
      stream.abort(new Error("nobody takes this protocol"));
      return;
    }
    handler(link);
  }

  /** Undefined where the connection is gone by now. */
  attach(stream: Stream, connection: Connection): StreamLink | undefined {
    const record = this.#book.of(connection);
    if (record === undefined) return undefined;
    const { isKnown, limits, log } = this.#init;
    const link = new StreamLink(record.key, stream, connection, {
      failed: (reason) => log("warn", "a link was broken off", { peer: shortKey(record.key), reason: wordsFor(reason) }),
      // Not every transport has the multiplexer that counts for strangers.
      mayBring: (bytes) => !isInbound(record) || bytes <= limits.strangerBytes || isKnown(record.key),
    });
    record.links.add(link);
    void this.#follow(record, link);
    return link;
  }

  disconnect(key: Uint8Array): void {
    for (const record of this.#book.ofPeer(key)) this.#cut(record, "disconnected");
  }

  connections(): OpenConnection[] {
    return this.#book.all().map(({ connection, key }) => {
      const address = withoutPeer(connection.remoteAddr.toString());
      return { peer: key, address, since: connection.timeline.open };
    });
  }

  /** To be called every few seconds. */
  sweep(): void {
    for (const record of this.#book.overdue(performance.now())) this.#cut(record, "overdue");
    this.#init.refusals.flush();
  }

  /** Resolves when every link has said goodbye, which a slow peer can delay by seconds; refuses new ones meanwhile. */
  async closeAll(): Promise<void> {
    this.#stopping = true;
    const links = this.#book.all().flatMap((record) => [...record.links]);
    for (const link of links) link.close();
    await Promise.all(links.map((link) => link.finished));
  }

  #cut(record: ConnectionRecord, reason: string): void {
    this.#book.leave(record.connection);
    for (const link of record.links) link.abort(new Error(reason));
    record.connection.abort(new Error(reason));
  }

  async #follow(record: ConnectionRecord, link: StreamLink): Promise<void> {
    await link.finished;
    record.links.delete(link);
    record.idleSince = performance.now();
    if (record.links.size > 0) return;
    try {
      await record.connection.close({ signal: AbortSignal.timeout(CLOSE_TIME) });
    } catch (cause) {
      record.connection.abort(new Error("it took too long to close", { cause }));
    }
  }
}

/** An error of the receiver may say what nobody should read in a log. */
function wordsFor(reason: unknown): string {
  if (reason instanceof MalformedError) return reason.message;
  return reason instanceof Error ? reason.name : "unknown";
}
