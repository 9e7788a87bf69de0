import type { BridgeErrorData } from "../contract/index.ts";

/** What a plugin and the host throw at each other. `data.message` is for people and holds no secret. */
export class BridgeError extends Error {
  readonly data: BridgeErrorData;
  constructor(data: BridgeErrorData, options?: { cause?: unknown }) {
    super(data.message, options);
    this.name = "BridgeError";
    this.data = data;
  }
}

/** A `BridgeError` for anything thrown: one that is none becomes `internal`, with `sent` as told. */
export function toBridgeError(thrown: unknown, sent: "no" | "maybe"): BridgeError {
  if (thrown instanceof BridgeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new BridgeError({ code: "internal", sent, message: message.slice(0, 300) }, { cause: thrown });
}
