import type { AbortOptions, Logger, MessageStreamDirection } from "@libp2p/interface";
import { AbstractMultiaddrConnection, type SendResult } from "@libp2p/utils";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { WebSocket } from "ws";

/** Largest message that is sent, and that is taken: others send a Noise message of 64 KiB at most in one. */
const MESSAGE_SIZE = 128 * 1024;
export const MAX_MESSAGE = 256 * 1024;

/** Bytes given to the socket and not yet written, above which the sender waits. */
const HIGH_WATER = 256 * 1024;

interface Init {
  socket: WebSocket;
  remoteAddr: Multiaddr;
  direction: MessageStreamDirection;
  log: Logger;
}

/**
 * A WebSocket as libp2p's raw connection. libp2p's own for Node cannot be cut (it closes with a code that may not be
 * sent), takes messages of 100 MiB before any handshake, and sends each part of a write as a message of its own.
 */
export class WebSocketConnection extends AbstractMultiaddrConnection {
  readonly #socket: WebSocket;
  #unwritten = 0;

  constructor({ socket, ...init }: Init) {
    super(init);
    this.#socket = socket;
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.onData(data);
      else this.abort(new Error("a text message"));
    });
    socket.on("error", (error: Error) => this.abort(error));
    socket.on("close", () => this.onTransportClosed());
  }

  override sendData(data: Parameters<AbstractMultiaddrConnection["sendData"]>[0]): SendResult {
    const sentBytes = data.byteLength;
    for (let from = 0; from < sentBytes; from += MESSAGE_SIZE) this.#send(data.subarray(from, Math.min(from + MESSAGE_SIZE, sentBytes)));
    return { sentBytes, canSendMore: this.#unwritten < HIGH_WATER };
  }

  override async sendClose(options?: AbortOptions): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    const terminate = (): void => this.#socket.terminate();
    options?.signal?.addEventListener("abort", terminate);
    this.#socket.close(1000);
    await closed;
    options?.signal?.removeEventListener("abort", terminate);
  }

  override sendReset(): void {
    this.#socket.terminate();
  }

  override sendPause(): void {
    this.#socket.pause();
  }

  override sendResume(): void {
    this.#socket.resume();
  }

  #send(message: Uint8Array): void {
    this.#unwritten += message.length;
    this.#socket.send(message, () => {
      const wasFull = this.#unwritten >= HIGH_WATER;
      this.#unwritten -= message.length;
      if (wasFull && this.#unwritten < HIGH_WATER) this.safeDispatchEvent("drain");
    });
  }
}
