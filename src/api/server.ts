import type { Channel } from "./channel.ts";
import { encodeError, encodeEvent, encodeResult, type Incoming, MAX_REPLY, parseIncoming, type RequestId } from "./codec.ts";
import { HomeportError, RPC, rpcError, toRpcError } from "./errors.ts";
import { EventQueue } from "./event-queue.ts";
import { type Handlers, type Method, type MethodName, methodOf } from "./methods.ts";

/** Calls in flight on one connection; more are refused with `busy`. */
export const MAX_CALLS = 64;

export interface ServeOptions {
  /** Told of every error that the caller only learns as `internal`. */
  onMistake?(error: unknown, method: string): void;
}

/** Answers calls on a channel until it is closed; then everything in flight is aborted. */
export function serve(channel: Channel, handlers: Handlers, options: ServeOptions = {}): void {
  const connection = new Connection(channel, handlers, options);
  channel.onMessage((text) => connection.receive(text));
  channel.onClose(() => connection.abortAll());
}

type Handler = (params: unknown, context: { signal: AbortSignal; emit: (event: unknown) => Promise<void> }) => Promise<unknown>;

class Connection {
  readonly #channel: Channel;
  readonly #handlers: Handlers;
  readonly #options: ServeOptions;
  readonly #calls = new Map<RequestId, AbortController>();
  /** Counts a call until its answer is sent and its handler has ended, whatever became of its id. */
  #busy = 0;

  constructor(channel: Channel, handlers: Handlers, options: ServeOptions) {
    this.#channel = channel;
    this.#handlers = handlers;
    this.#options = options;
  }

  /** The promise of a refusal is returned, so that who floods and does not read is no longer read either. */
  receive(text: string): Promise<void> | undefined {
    const incoming = parseIncoming(text);
    switch (incoming.kind) {
      case "ignored":
        return undefined;
      case "cancel":
        this.#calls.get(incoming.id)?.abort(new HomeportError("cancelled", "The call was cancelled."));
        return undefined;
      case "refused":
        return this.#say(encodeError(incoming.id, incoming.error));
      case "call":
        return this.#call(incoming);
    }
  }

  abortAll(): void {
    for (const call of this.#calls.values()) call.abort(new HomeportError("cancelled", "The caller went away."));
  }

  #call(incoming: Incoming & { kind: "call" }): Promise<void> | undefined {
    const { id } = incoming;
    const refuse = (error: unknown) => this.#say(encodeError(id, toRpcError(error)));
    if (this.#calls.has(id))
      return this.#say(encodeError(null, rpcError(RPC.invalidRequest, "invalid-request", "A call with this id is in flight.")));
    if (this.#busy >= MAX_CALLS) return refuse(new HomeportError("busy", `At most ${MAX_CALLS} calls are answered at a time.`));
    const method = methodOf(incoming.method);
    if (method === undefined)
      return refuse(new HomeportError("unknown-method", "There is no method of this name; is the daemon of another version?"));
    const params = method.params.safeParse(incoming.params);
    if (!params.success) return refuse(new HomeportError("invalid-params", describe(params.error)));
    this.#run(id, incoming.method as MethodName, method, params.data).catch((error: unknown) =>
      this.#options.onMistake?.(error, incoming.method),
    );
    return undefined;
  }

  async #run(id: RequestId, name: MethodName, method: Method, params: unknown): Promise<void> {
    const controller = new AbortController();
    this.#calls.set(id, controller);
    this.#busy++;
    const events = new EventQueue((text) => this.#channel.send(text));
    const emit = (event: unknown) => push(events, id, method, event, controller);
    // In a function of its own, so that a handler that throws before its first await is like any other.
    const handled = (async () => (this.#handlers[name] as Handler)(params, { signal: controller.signal, emit }))();
    const answer = await Promise.race([
      handled.then((result) => encodeResult(id, method.result.parse(result))),
      aborted(controller.signal),
    ]).catch((error: unknown) => this.#failed(id, name, error, controller.signal));
    if (controller.signal.aborted) events.end();
    await events.drained();
    this.#calls.delete(id);
    await this.#say(answer.length > MAX_REPLY ? encodeError(id, TOO_LARGE) : answer);
    await handled.catch(() => undefined);
    this.#busy--;
  }

  #failed(id: RequestId, name: string, error: unknown, signal: AbortSignal): string {
    const shown: unknown = signal.aborted ? signal.reason : error;
    if (!(shown instanceof HomeportError)) this.#options.onMistake?.(shown, name);
    return encodeError(id, toRpcError(shown));
  }

  async #say(text: string): Promise<void> {
    try {
      await this.#channel.send(text);
    } catch {
      // Closed: there is nobody to tell, and `onClose` aborts what is in flight.
    }
  }
}

const TOO_LARGE = rpcError(RPC.refused, "too-large", "The answer is too large; ask for less at a time.");

async function push(events: EventQueue, id: RequestId, method: Method, event: unknown, controller: AbortController): Promise<void> {
  controller.signal.throwIfAborted();
  if (method.event === undefined) throw new TypeError("not a stream");
  const text = encodeEvent(id, method.event.parse(event));
  try {
    await events.push(text);
  } catch (error) {
    controller.abort(error);
    throw error;
  }
}

/** Rejects with the reason once the signal is aborted. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));
}

/** Which parameter is wrong, never its value: it may be a secret. */
function describe(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  const issue = error.issues[0];
  return `${issue?.path.map(String).join(".") || "The parameters"}: ${issue?.message ?? "not as expected"}.`;
}
