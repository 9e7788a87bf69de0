/** Bytes of files to and from whoever calls the API, beside the calls. Each ticket is good for one connection, within half a minute. */
export interface BulkPort {
  /** Rejects with `cancelled` where nobody comes or the other side breaks off. */
  receive<T>(
    signal: AbortSignal,
    ticket: (ticket: string) => Promise<void>,
    take: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T>;
  send(signal: AbortSignal, ticket: (ticket: string) => Promise<void>, bytes: AsyncIterable<Uint8Array>): Promise<void>;
}
