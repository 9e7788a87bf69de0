/** The other side broke the protocol of the wire; the connection ends. The message holds none of its bytes. */
export class WireError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "WireError";
  }
}
