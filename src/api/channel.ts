/** A connection of whole texts in both directions: a line of a socket, a WebSocket message, a MessagePort message. */
export interface Channel {
  /** Resolves when the transport took it (backpressure); rejects once the channel is closed. */
  send(text: string): Promise<void>;
  /** Called once. While a returned promise is pending no further text is handed over. */
  onMessage(handler: (text: string) => void | Promise<void>): void;
  /** The handler is called once, whichever side closed, also where that was before. */
  onClose(handler: () => void): void;
  close(): void;
}
