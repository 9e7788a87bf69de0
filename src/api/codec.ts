/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification) as the device API uses it: parameters by name, no batches. */
import { z } from "zod";
import { RPC, type RpcError, rpcError } from "./errors.ts";

/** Most UTF-16 code units of one message towards the device. */
export const MAX_REQUEST = 1 << 20;
/** Most UTF-16 code units of one message from the device. */
export const MAX_REPLY = 8 << 20;

const requestId = z.union([z.int(), z.string().max(64)]);
export type RequestId = z.output<typeof requestId>;

const version = z.literal("2.0");
const record = z.record(z.string(), z.unknown());
const request = z.strictObject({ jsonrpc: version, id: requestId.optional(), method: z.string().max(64), params: record.optional() });
const cancelParams = z.strictObject({ id: requestId });
const errorMember = z.object({ code: z.int(), message: z.string().max(4096), data: z.object({ code: z.string().max(64) }) });
/** Events first: they are the many. */
const reply = z.union([
  z.strictObject({
    jsonrpc: version,
    method: z.literal("event"),
    params: z.strictObject({ subscription: requestId, event: z.unknown() }),
  }),
  z.strictObject({ jsonrpc: version, id: requestId, result: z.unknown() }),
  z.strictObject({ jsonrpc: version, id: requestId.nullable(), error: errorMember }),
]);

/** What a device may be told. `refused` is answered with the error; `ignored` with nothing (a notification that is none of ours). */
export type Incoming =
  | { kind: "call"; id: RequestId; method: string; params: Record<string, unknown> }
  | { kind: "cancel"; id: RequestId }
  | { kind: "ignored" }
  | { kind: "refused"; id: RequestId | null; error: RpcError };

/** Never throws: any text is one of the four. */
export function parseIncoming(text: string): Incoming {
  if (text.length > MAX_REQUEST)
    return refused(null, RPC.invalidRequest, "too-large", `A request is at most ${MAX_REQUEST} characters long.`);
  const value = parseJson(text);
  if (value === undefined) return refused(null, RPC.parse, "malformed", "The request is not JSON.");
  if (Array.isArray(value))
    return refused(null, RPC.invalidRequest, "invalid-request", "Batches are not taken; send one request after the other.");
  const parsed = request.safeParse(value);
  if (!parsed.success)
    return refused(idOf(value), RPC.invalidRequest, "invalid-request", "The request is not one of JSON-RPC 2.0 with parameters by name.");
  const { id, method, params = {} } = parsed.data;
  if (id !== undefined) return { kind: "call", id, method, params };
  const cancel = method === "cancel" ? cancelParams.safeParse(params) : undefined;
  return cancel?.success ? { kind: "cancel", id: cancel.data.id } : { kind: "ignored" };
}

/** What a device says. `data` is not checked yet: that takes the method's schema. */
export type Reply =
  | { kind: "result"; id: RequestId; data: unknown }
  | { kind: "error"; id: RequestId | null; error: RpcError }
  | { kind: "event"; id: RequestId; data: unknown };

/** Undefined for anything that is no reply. */
export function parseReply(text: string): Reply | undefined {
  if (text.length > MAX_REPLY) return undefined;
  const parsed = reply.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const said = parsed.data;
  if ("error" in said) return { kind: "error", id: said.id, error: said.error };
  if ("method" in said) return { kind: "event", id: said.params.subscription, data: said.params.event };
  return { kind: "result", id: said.id, data: said.result };
}

export const encodeCall = (id: RequestId, method: string, params: unknown): string => encode({ id, method, params });
export const encodeCancel = (id: RequestId): string => encode({ method: "cancel", params: { id } });
export const encodeResult = (id: RequestId, result: unknown): string => encode({ id, result });
export const encodeError = (id: RequestId | null, error: RpcError): string => encode({ id, error });
export const encodeEvent = (subscription: RequestId, event: unknown): string =>
  encode({ method: "event", params: { subscription, event } });

const encode = (members: object): string => JSON.stringify({ jsonrpc: "2.0", ...members });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(id: RequestId | null, code: number, name: string, message: string): Incoming {
  return { kind: "refused", id, error: rpcError(code, name, message) };
}

/** The id where it can be told, so that the caller knows which of its requests was wrong. */
function idOf(value: unknown): RequestId | null {
  const parsed = z.object({ id: requestId }).safeParse(value);
  return parsed.success ? parsed.data.id : null;
}
