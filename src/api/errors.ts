import { HomeportError } from "../sync/errors.ts";

export { HomeportError };

/** JSON-RPC 2.0, section 5.1; `refused` is of the range left to servers and carries a `HomeportError`. */
export const RPC = {
  parse: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  internal: -32603,
  refused: -32000,
} as const;

/** The `error` member of a reply. `data.code` is the stable code that scripts branch on. */
export interface RpcError {
  code: number;
  message: string;
  data: { code: string };
}

const MAX_MESSAGE = 2000;

export function rpcError(code: number, name: string, message: string): RpcError {
  return { code, message: message.slice(0, MAX_MESSAGE), data: { code: name } };
}

/** What the caller may know of an error: a `HomeportError` in its words, of any other only that there was one. */
export function toRpcError(error: unknown): RpcError {
  if (!(error instanceof HomeportError)) return rpcError(RPC.internal, "internal", "The daemon made a mistake; its log says which.");
  return rpcError(NUMBERS.get(error.code) ?? RPC.refused, error.code, error.message);
}

export function fromRpcError(error: RpcError): HomeportError {
  return new HomeportError(error.data.code, error.message);
}

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ["invalid-request", RPC.invalidRequest],
  ["unknown-method", RPC.unknownMethod],
  ["invalid-params", RPC.invalidParams],
  ["internal", RPC.internal],
]);
