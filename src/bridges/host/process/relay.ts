import type { Duplex } from "node:stream";
import { BridgeError } from "../../kit/bridge-error.ts";
import type { MuxStream } from "../../kit/wire/mux-stream.ts";

/** Milliseconds that the last bytes may take to a remote that no longer answers. */
const LINGER = 30_000;

/** Joins a dialled connection with the child's stream; back-pressure goes through in both directions. */
export class Relay {
  readonly #inner: MuxStream;
  readonly #remote: Duplex;
  readonly #onRemoteError = (error: Error): void => void this.#inner.destroy(error);
  readonly #onRemoteClose = (): void => this.#remoteClosed();
  readonly #onInnerClose = (): void => this.#innerClosed();

  constructor(inner: MuxStream, remote: Duplex) {
    this.#inner = inner;
    this.#remote = remote;
    remote.on("error", this.#onRemoteError);
    remote.on("close", this.#onRemoteClose);
    // What the child is told of a failure it knows already; here it only closes the remote side.
    inner.on("error", () => undefined);
    inner.on("close", this.#onInnerClose);
    remote.pipe(inner);
    inner.pipe(remote);
    if (remote.destroyed) this.#remoteClosed();
  }

  /** Takes the connection out again, for TLS. Throws a `BridgeError` `insecure` if plain text is on the way in it. */
  detach(): Duplex {
    if (this.#inner.unread > 0 || this.#remote.readableLength > 0) throw pending();
    this.#remote.unpipe(this.#inner);
    this.#inner.unpipe(this.#remote);
    this.#remote.off("error", this.#onRemoteError);
    this.#remote.off("close", this.#onRemoteClose);
    this.#inner.off("close", this.#onInnerClose);
    // Whatever still comes on the old stream has no place to go.
    this.#inner.resume();
    return this.#remote;
  }

  #remoteClosed(): void {
    if (!this.#remote.readableEnded) this.#inner.destroy(new Error("the server cut the connection"));
    else if (!this.#inner.writableEnded) this.#inner.end();
  }

  #innerClosed(): void {
    const graceful = this.#inner.readableEnded && this.#inner.errored === null;
    if (!graceful) this.#remote.destroy();
    else setTimeout(() => this.#remote.destroy(), LINGER).unref();
  }
}

const pending = (): BridgeError =>
  new BridgeError({ code: "insecure", sent: "no", message: "There was plain text on the way when the encryption was to begin." });
