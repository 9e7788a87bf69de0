import type { AbortOptions, Logger, MessageStreamDirection } from "@libp2p/interface";
import { AbstractMultiaddrConnection, type SendResult } from "@libp2p/utils";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Talk } from "./talk.ts";

const FRAME_SIZE = 128 * 1024;
/** Bytes that the link has not taken yet, above which the sender waits. */
const HIGH_WATER = 256 * 1024;

interface Init {
  talk: Talk;
  remoteAddr: Multiaddr;
  direction: MessageStreamDirection;
  log: Logger;
}

/** A raw connection of libp2p over a link to a relay: Noise and yamux run over it once more, between the two devices themselves. */
export class RelayedConnection extends AbstractMultiaddrConnection {
  readonly #talk: Talk;
  #unsent = 0;
  #resumed: PromiseWithResolvers<void> | undefined;

  constructor({ talk, ...init }: Init) {
    super(init);
    this.#talk = talk;
  }

  /** Called when the multiplexer is ready to listen. */
  open(): void {
    const receiver = { frame: (bytes: Uint8Array) => this.#received(bytes), closed: () => this.onTransportClosed() };
    this.#talk.handOver(receiver).catch((error: unknown) => this.abort(error as Error));
  }

  override sendData(data: Parameters<AbstractMultiaddrConnection["sendData"]>[0]): SendResult {
    const sentBytes = data.byteLength;
    for (let from = 0; from < sentBytes; from += FRAME_SIZE) this.#send(data.slice(from, Math.min(from + FRAME_SIZE, sentBytes)));
    return { sentBytes, canSendMore: this.#unsent < HIGH_WATER };
  }

  override async sendClose(_options?: AbortOptions): Promise<void> {
    this.#talk.close();
  }

  override sendReset(): void {
    this.#talk.close();
  }

  override sendPause(): void {
    this.#resumed ??= Promise.withResolvers();
  }

  override sendResume(): void {
    this.#resumed?.resolve();
    this.#resumed = undefined;
  }

  #received(bytes: Uint8Array): void | Promise<void> {
    this.onData(bytes);
    return this.#resumed?.promise;
  }

  #send(frame: Uint8Array): void {
    this.#unsent += frame.length;
    const settled = (): void => {
      const wasFull = this.#unsent >= HIGH_WATER;
      this.#unsent -= frame.length;
      if (wasFull && this.#unsent < HIGH_WATER) this.safeDispatchEvent("drain");
    };
    // Its end is told by `closed`.
    this.#talk.link.send(frame).then(settled, settled);
  }
}
