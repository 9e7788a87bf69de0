import type { Duplex } from "node:stream";
import { BridgeError } from "../bridge-error.ts";
import { TokenBucket } from "../token-bucket.ts";
import { FRAME, FrameDecoder } from "./frame.ts";
import { FrameWriter } from "./frame-writer.ts";
import { IncomingCalls, type Serve } from "./incoming-calls.ts";
import { MAX_STREAMS } from "./limits.ts";
import { decodeMessage, encodeMessage } from "./message.ts";
import { MuxStream } from "./mux-stream.ts";
import { type After, type CallOptions, OutgoingCalls } from "./outgoing-calls.ts";
import { WireError } from "./wire-error.ts";

export interface ConnectionOptions {
  serve: Serve;
  /** A message that wants no answer. A `WireError` that it throws ends the connection. */
  note: (method: string, params: unknown) => void;
  clock: { now(): number; after: After };
  /** Frames that are taken at once and then each second; above it the socket is not read for a while. */
  frames?: { burst: number; perSecond: number } | undefined;
}

const MESSAGE_COST = 4;
const MAX_STREAM_ID = 0xffff_ffff;

/**
 * Calls both ways and byte streams over one duplex descriptor. What the other side sends is hostile: whatever breaks the
 * protocol ends the connection with a `WireError`.
 */
export class Connection {
  /** Settles once, with why the connection ended. */
  readonly closed: Promise<Error>;
  readonly #socket: Duplex;
  readonly #options: ConnectionOptions;
  readonly #writer: FrameWriter;
  readonly #outgoing: OutgoingCalls;
  readonly #incoming: IncomingCalls;
  readonly #streams = new Map<number, MuxStream>();
  readonly #bucket: TokenBucket | undefined;
  readonly #settleClosed: (reason: Error) => void;
  #lastStream = 0;
  #reason: Error | undefined;

  constructor(socket: Duplex, options: ConnectionOptions) {
    const closed = Promise.withResolvers<Error>();
    this.closed = closed.promise;
    this.#settleClosed = closed.resolve;
    this.#socket = socket;
    this.#options = options;
    this.#writer = new FrameWriter(socket);
    const send = this.#writer.message.bind(this.#writer);
    this.#outgoing = new OutgoingCalls(send, options.clock.after);
    this.#incoming = new IncomingCalls(options.serve, send, (error) => this.close(error));
    this.#bucket = options.frames === undefined ? undefined : new TokenBucket(options.frames, options.clock.now());
    this.#listen();
  }

  /** Rejects with a `BridgeError`. */
  call(method: string, params: unknown, options: CallOptions): Promise<unknown> {
    return this.#outgoing.call(method, params, options);
  }

  note(method: string, params: unknown, written?: () => void): void {
    if (this.#reason === undefined) this.#writer.message({ bytes: encodeMessage({ kind: "note", method, params }), written });
  }

  /** A new stream on this side, which the other side is told of by a call. Throws a `BridgeError` for too many. */
  openStream(): MuxStream {
    if (this.#reason !== undefined) throw new BridgeError({ code: "offline", sent: "no", message: this.#reason.message });
    if (this.#streams.size >= MAX_STREAMS) throw tooManyStreams();
    return this.#addStream(this.#lastStream + 1);
  }

  /** The id of a stream that the other side opened is taken, each id once and upwards. Throws `WireError`. */
  reserveStream(id: number): void {
    if (!Number.isSafeInteger(id) || id <= this.#lastStream || id > MAX_STREAM_ID) throw new WireError("a stream id out of order");
    this.#lastStream = id;
  }

  /** The stream of a reserved id. Throws a `BridgeError` for too many. */
  acceptStream(id: number): MuxStream {
    if (this.#streams.size >= MAX_STREAMS) throw tooManyStreams();
    return this.#addStream(id);
  }

  stream(id: number): MuxStream | undefined {
    return this.#streams.get(id);
  }

  close(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#socket.destroy();
    this.#incoming.close();
    this.#outgoing.close(reason.message);
    const lost = new BridgeError({ code: "offline", sent: "maybe", message: reason.message });
    for (const stream of [...this.#streams.values()]) stream.onReset(lost);
    this.#settleClosed(reason);
  }

  #addStream(id: number): MuxStream {
    this.#lastStream = Math.max(this.#lastStream, id);
    const stream = new MuxStream(id, this.#writer, (gone) => this.#streams.delete(gone));
    this.#streams.set(id, stream);
    return stream;
  }

  #listen(): void {
    const decoder = new FrameDecoder((kind, body) => this.#onFrame(kind, body));
    this.#socket.on("data", (chunk: Buffer) => {
      try {
        if (this.#reason === undefined) decoder.push(chunk);
        this.#slowDown();
      } catch (error) {
        this.close(error instanceof WireError ? error : new WireError("a frame that could not be handled", { cause: error }));
      }
    });
    this.#socket.on("end", () => this.close(new Error("the connection was closed")));
    this.#socket.on("close", () => this.close(new Error("the connection was closed")));
    this.#socket.on("error", (error: Error) => this.close(error));
  }

  #slowDown(): void {
    const wait = this.#bucket?.waitMs(this.#options.clock.now(), 0) ?? 0;
    if (wait === 0 || this.#reason !== undefined) return;
    this.#socket.pause();
    this.#options.clock.after(wait, () => this.#socket.resume());
  }

  #onFrame(kind: number, body: Buffer): void {
    if (this.#reason !== undefined) return;
    this.#bucket?.spend(this.#options.clock.now(), kind === FRAME.message ? MESSAGE_COST : 1);
    if (kind === FRAME.message) this.#onMessage(body);
    else this.#onStreamFrame(kind, body);
  }

  #onMessage(body: Buffer): void {
    const message = decodeMessage(body);
    if (message.kind === "call") this.#incoming.begin(message);
    else if (message.kind === "cancel") this.#incoming.cancel(message.id);
    else if (message.kind === "note") this.#options.note(message.method, message.params);
    else this.#outgoing.settle(message);
  }

  #onStreamFrame(kind: number, body: Buffer): void {
    if (body.length < 4) throw new WireError("a stream frame without a stream");
    const id = body.readUInt32BE(0);
    if (id > this.#lastStream) throw new WireError("a frame of a stream that was never opened");
    const stream = this.#streams.get(id);
    // Of one that is gone here, frames may still be on the way.
    if (stream !== undefined) deliver(stream, kind, body.subarray(4));
  }
}

function deliver(stream: MuxStream, kind: number, body: Buffer): void {
  if (kind === FRAME.data) stream.onData(body);
  else if (kind === FRAME.credit && body.length === 4) stream.onCredit(body.readUInt32BE(0));
  else if (kind === FRAME.end && body.length === 0) stream.onEnd();
  else if (kind === FRAME.reset) stream.onReset(new BridgeError({ code: "offline", sent: "maybe", message: wordsOf(body) }));
  else throw new WireError("a frame of an unknown kind");
}

const wordsOf = (body: Buffer): string => `The connection was cut: ${body.toString("utf8", 0, 200)}`;

const tooManyStreams = (): BridgeError =>
  new BridgeError({ code: "rate", sent: "no", message: `More than ${MAX_STREAMS} connections are open.`, retryAfterMs: 1_000 });
