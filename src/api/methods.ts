import type { z } from "zod";
import { accountMethods } from "./account.ts";
import { backupMethods } from "./backup.ts";
import { bridgeMethods } from "./bridges.ts";
import { chatMethods } from "./chats.ts";
import { deletionMethods } from "./deletion.ts";
import { deviceMethods } from "./device.ts";
import { fileMethods } from "./files.ts";
import { exportMethods } from "./export.ts";
import { messageMethods } from "./messages.ts";
import { outboxMethods } from "./outbox.ts";
import { pushMethods } from "./push.ts";
import { searchMethods } from "./search.ts";
import { statusMethods } from "./status.ts";
import { vaultMethods } from "./vault.ts";
import { webMethods } from "./web.ts";

/** The device API: name → schemas. `event` where the method is a stream. Part of the public interface. */
export const methods = {
  ...statusMethods,
  ...deviceMethods,
  ...accountMethods,
  ...bridgeMethods,
  ...chatMethods,
  ...messageMethods,
  ...fileMethods,
  ...deletionMethods,
  ...outboxMethods,
  ...searchMethods,
  ...vaultMethods,
  ...backupMethods,
  ...exportMethods,
  ...webMethods,
  ...pushMethods,
} as const;

export type Methods = typeof methods;
export type MethodName = keyof Methods;
/** What a caller gives: fields with a default may be left out. */
export type Params<M extends MethodName> = z.input<Methods[M]["params"]>;
/** What a handler gets. */
export type Checked<M extends MethodName> = z.output<Methods[M]["params"]>;
export type Result<M extends MethodName> = z.output<Methods[M]["result"]>;
/** `never` for a method that is no stream. */
export type EventOf<M extends MethodName> = Methods[M] extends { event: infer E extends z.ZodType } ? z.output<E> : never;

/** The same as `methods`, for code that works on any of them. */
export interface Method {
  summary: string;
  params: z.ZodType;
  result: z.ZodType;
  event?: z.ZodType;
}

/** Undefined for a name that is none, names of `Object.prototype` included. */
export function methodOf(name: string): Method | undefined {
  return Object.hasOwn(methods, name) ? methods[name as MethodName] : undefined;
}

export interface CallContext<M extends MethodName> {
  /** Aborted when the caller cancels or goes away; what it throws then is not reported. */
  signal: AbortSignal;
  /**
   * Resolves when there is room for the next event: a handler that awaits it is slowed down to the caller's pace. One that
   * does not is ended with `slow-consumer` when too much is queued; the caller goes on from the cursor that it has.
   */
  emit: (event: EventOf<M>) => Promise<void>;
}

/** What a device implements. A `HomeportError` reaches the caller as it is, any other error only as `internal`. */
export type Handlers = { [M in MethodName]: (params: Checked<M>, context: CallContext<M>) => Promise<Result<M>> };

/** What a daemon does by itself, also while its device is locked; all else is the device's. */
export type DeviceHandlers = Omit<Handlers, keyof typeof vaultMethods | keyof typeof webMethods>;
