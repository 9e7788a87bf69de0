/** The part of `ws` 8 that is used here, until its own declarations are installed. */
declare module "ws" {
  import type { EventEmitter } from "node:events";
  import type { IncomingMessage } from "node:http";
  import type { Duplex } from "node:stream";

  export interface ClientOptions {
    handshakeTimeout?: number;
    maxPayload?: number;
    perMessageDeflate?: boolean;
    followRedirects?: boolean;
  }

  export class WebSocket extends EventEmitter {
    constructor(address: string, options?: ClientOptions);
    send(data: Uint8Array, done: () => void): void;
    close(code?: number): void;
    terminate(): void;
    pause(): void;
    resume(): void;
  }

  export class WebSocketServer extends EventEmitter {
    constructor(options: { noServer: true; maxPayload?: number; perMessageDeflate?: boolean });
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, accepted: (socket: WebSocket) => void): void;
    close(): void;
  }
}
