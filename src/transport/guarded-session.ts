import type { ConnectionEncrypter, MessageStream, PeerId, StreamMuxerFactory } from "@libp2p/interface";
import { type NoiseComponents, noise } from "@libp2p/noise";
import { yamux } from "@libp2p/yamux";
import { keyOf } from "./keys.ts";
import { MAX_STREAMS, MAX_UNSENT, MAX_WINDOW } from "./limits.ts";
import { YamuxScanner } from "./yamux-scanner.ts";

/** Who may send how much, asked for every piece that arrives. */
export interface SessionRules {
  /** Bytes that this key may send on one connection. */
  allowance(key: Uint8Array): number;
  /** The connection was cut because of what the peer sent. */
  cut(key: Uint8Array, reason: string): void;
}

/** Noise and yamux with the bounds that they lack on their own, and word of peers that turned out to be others. */
export class GuardedSession {
  readonly #rules: SessionRules;
  readonly #peers = new WeakMap<MessageStream, Uint8Array>();
  readonly #impostors = new WeakSet<object>();

  constructor(rules: SessionRules) {
    this.#rules = rules;
  }

  /** Another key than the one that the dialled address names answered there. `address` is the dialled object itself. */
  isImpostor(address: object): boolean {
    return this.#impostors.has(address);
  }

  encrypter(): (components: NoiseComponents) => ConnectionEncrypter {
    return (components) => {
      const inner = noise()(components);
      return {
        protocol: inner.protocol,
        secureInbound: async (connection, options) => this.#secured(await inner.secureInbound(connection, options)),
        secureOutbound: async (connection, options) => {
          try {
            return this.#secured(await inner.secureOutbound(connection, options));
          } catch (error) {
            this.#noteImpostor(connection, error);
            throw error;
          }
        },
      };
    };
  }

  muxer(): () => StreamMuxerFactory {
    const streamOptions = { maxStreamWindowSize: MAX_WINDOW, maxWriteBufferLength: MAX_UNSENT };
    const inner = yamux({ maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS, streamOptions })();
    return () => ({
      protocol: inner.protocol,
      createStreamMuxer: (stream) => {
        this.#watch(stream);
        return inner.createStreamMuxer(stream);
      },
    });
  }

  #secured<Secured extends { connection: MessageStream; remotePeer: PeerId }>(secured: Secured): Secured {
    const key = keyOf(secured.remotePeer);
    if (key === undefined) throw new TypeError("a transport key is an Ed25519 key");
    secured.connection.maxWriteBufferLength = MAX_UNSENT;
    this.#peers.set(secured.connection, key);
    return secured;
  }

  #noteImpostor(connection: MessageStream, error: unknown): void {
    const isImpostor = error instanceof Error && error.name === "UnexpectedPeerError";
    if (isImpostor && "remoteAddr" in connection && typeof connection.remoteAddr === "object" && connection.remoteAddr !== null) {
      this.#impostors.add(connection.remoteAddr);
    }
  }

  /** Listens before the muxer does, and so sees every byte first. */
  #watch(stream: MessageStream): void {
    const key = this.#peers.get(stream);
    if (key === undefined) throw new TypeError("a multiplexer over a stream that was not secured here");
    const scanner = new YamuxScanner();
    let received = 0;
    stream.addEventListener("message", ({ data }) => {
      received += data.byteLength;
      const wrong = received > this.#rules.allowance(key) ? "more bytes than a stranger may send" : scan(scanner, data);
      if (wrong === undefined || stream.status !== "open") return;
      this.#rules.cut(key, wrong);
      stream.abort(new Error(wrong));
    });
  }
}

function scan(scanner: YamuxScanner, data: Uint8Array | Iterable<Uint8Array>): string | undefined {
  if (data instanceof Uint8Array) return scanner.scan(data);
  for (const part of data) {
    const wrong = scanner.scan(part);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
