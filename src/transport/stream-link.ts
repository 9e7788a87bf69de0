import type { Connection, Stream, StreamMessageEvent } from "@libp2p/interface";
import { MalformedError } from "../sync/errors.ts";
import type { Link, LinkReceiver } from "../sync/ports.ts";
import { withoutPeer } from "./addresses.ts";
import { FrameReceiver } from "./frame-receiver.ts";
import { FrameSender } from "./frame-sender.ts";
import { within } from "./timing.ts";

/** Time for handing what was sent to a slow peer after `close`, then for the peer's goodbye; milliseconds. */
const FLUSH_TIME = 5_000;
const GOODBYE_TIME = 2_000;

/** A link over one libp2p stream. Both sides close their halves as soon as one does; what came before is handed over. */
export class StreamLink implements Link {
  readonly peer: Uint8Array;
  readonly outbound: boolean;
  readonly address: string;
  /** Resolves when nothing goes over the stream any more. */
  readonly finished: Promise<void>;
  readonly #stream: Stream;
  readonly #finish = Promise.withResolvers<void>();
  readonly #failed: (reason: unknown) => void;
  readonly #mayBring: (bytes: number) => boolean;
  #brought = 0;
  readonly #sender: FrameSender;
  readonly #receiver: FrameReceiver;
  readonly #streamClosed = Promise.withResolvers<void>();
  #closing = false;

  /**
   * `failed` hears why the link is broken from this side: by what the peer sent, or by the receiver. `mayBring` is asked for every piece:
   * may the peer have sent so many bytes?
   */
  constructor(
    peer: Uint8Array,
    stream: Stream,
    connection: Connection,
    { failed, mayBring }: { failed: (reason: unknown) => void; mayBring: (bytes: number) => boolean },
  ) {
    this.peer = peer;
    this.outbound = stream.direction === "outbound";
    this.address = withoutPeer(connection.remoteAddr.toString());
    this.#stream = stream;
    this.finished = this.#finish.promise;
    this.#failed = failed;
    this.#mayBring = mayBring;
    this.#sender = new FrameSender({ write: (bytes) => this.#write(bytes), hasRoom: () => stream.writeBufferLength === 0 });
    this.#receiver = new FrameReceiver({
      pause: () => this.#pause(),
      resume: () => this.#resume(),
      failed: (reason) => this.#fail(reason),
    });
    this.#pause();
    this.#listen();
  }

  start(receiver: LinkReceiver): void {
    this.#receiver.start(receiver);
  }

  send(frame: Uint8Array): Promise<void> {
    return this.#sender.send(frame);
  }

  close(): void {
    this.#receiver.drop();
    // What still comes is read and thrown away, so that the peer gets to see our goodbye.
    this.#resume();
    void this.#shut();
  }

  /** Breaks the link at once: nothing more is sent or handed over. */
  abort(reason: Error): void {
    this.#receiver.drop();
    this.#sender.abandon();
    this.#stream.abort(reason);
    void this.#shut();
  }

  #listen(): void {
    const stream = this.#stream;
    stream.addEventListener("message", (event) => this.#received(event));
    stream.addEventListener("drain", () => this.#sender.drained());
    stream.addEventListener("remoteCloseWrite", () => this.#remoteEnded());
    stream.addEventListener("close", () => this.#remoteEnded());
    stream.addEventListener("close", () => this.#streamClosed.resolve());
    if (stream.remoteWriteStatus === "closed" || stream.status !== "open") queueMicrotask(() => this.#remoteEnded());
    if (stream.status !== "open") this.#streamClosed.resolve();
  }

  #received({ data }: StreamMessageEvent): void {
    this.#brought += data.byteLength;
    if (!this.#mayBring(this.#brought)) {
      this.#fail(new MalformedError("more bytes than a stranger may send"));
      return;
    }
    if (data instanceof Uint8Array) this.#receiver.push(data);
    else for (const part of data) this.#receiver.push(part);
  }

  #write(bytes: Uint8Array): boolean {
    try {
      return this.#stream.send(bytes);
    } catch {
      // The stream is gone; its `close` event ends the link.
      return false;
    }
  }

  #remoteEnded(): void {
    // Hands over what the stream holds while it is paused; a closed stream gives no other occasion.
    this.#resume();
    this.#receiver.end();
    void this.#shut();
  }

  #fail(reason: unknown): void {
    this.#failed(reason);
    this.abort(new Error("link failed", { cause: reason }));
  }

  async #shut(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#sender.finish();
    try {
      await this.#stream.close({ signal: AbortSignal.timeout(FLUSH_TIME) });
      if (!(await within(GOODBYE_TIME, this.#streamClosed.promise))) throw new Error("no goodbye");
    } catch (cause) {
      this.#stream.abort(new Error("the peer took too long", { cause }));
    }
    this.#finish.resolve();
  }

  #pause(): void {
    if (this.#stream.readStatus === "readable") this.#stream.pause();
  }

  #resume(): void {
    if (this.#stream.readStatus !== "paused") return;
    try {
      this.#stream.resume();
    } catch {
      // Its connection is closed: there is nobody left to tell that we read again.
    }
  }
}
