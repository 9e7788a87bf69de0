import type { Channel } from "./channel.ts";
import { encodeCall, encodeCancel, MAX_REQUEST, parseReply, type Reply } from "./codec.ts";
import { fromRpcError, HomeportError } from "./errors.ts";
import { type EventOf, type Method, type MethodName, methods, type Params, type Result } from "./methods.ts";

/** Events of one stream that wait for a slow `onEvent` before the whole channel is held back. */
const MAX_WAITING = 64;

export interface CallOptions<M extends MethodName> {
  /** Cancels the call; it rejects with `cancelled`, or with the signal's reason where that is a `HomeportError`. */
  signal?: AbortSignal | undefined;
  /** Milliseconds; then the call is cancelled and rejects with `timed-out`. */
  timeout?: number | undefined;
  /** Called for one event after the other. What it throws cancels the call and rejects it. */
  onEvent?: ((event: EventOf<M>) => void | Promise<void>) | undefined;
}

export interface Client {
  /** Rejects with a `HomeportError`: the device's own, or `invalid-params`, `timed-out`, `cancelled`, `malformed`, `no-daemon`. */
  call<M extends MethodName>(method: M, params: Params<M>, options?: CallOptions<M>): Promise<Result<M>>;
  close(): void;
}

/** Speaks for one connection. Closing it rejects all calls with `no-daemon`. */
export function createClient(channel: Channel): Client {
  const calls = new Map<number, Call>();
  let last = 0;
  let gone: HomeportError | undefined;
  const end = (error: HomeportError) => {
    gone ??= error;
    for (const call of calls.values()) call.fail(gone);
  };
  channel.onMessage((text) => receive(text));
  channel.onClose(() => end(new HomeportError("no-daemon", "The daemon went away; start it again with `homeport start`.")));

  function receive(text: string): Promise<void> | undefined {
    const reply = parseReply(text);
    if (reply !== undefined) return typeof reply.id === "number" ? calls.get(reply.id)?.receive(reply) : undefined;
    end(new HomeportError("malformed", "The daemon said something that is no answer; is it of another version?"));
    channel.close();
    return undefined;
  }

  return {
    close: () => channel.close(),
    call<M extends MethodName>(name: M, params: Params<M>, options: CallOptions<M> = {}): Promise<Result<M>> {
      const id = ++last;
      const call = new Call(methods[name], options.onEvent as ((event: unknown) => void | Promise<void>) | undefined);
      const give = (error: HomeportError) => {
        if (call.fail(error)) channel.send(encodeCancel(id)).catch(() => undefined);
      };
      call.onBroken = give;
      const text = encodeCall(id, name, params);
      const wrong = gone ?? check(methods[name], params, text);
      if (wrong !== undefined) call.fail(wrong);
      else {
        calls.set(id, call);
        channel.send(text).catch(() => end(new HomeportError("no-daemon", "The daemon went away; start it again with `homeport start`.")));
      }
      const release = limit(options, give);
      return (call.settled as Promise<Result<M>>).finally(() => {
        release();
        calls.delete(id);
      });
    },
  };
}

function check(method: Method, params: unknown, text: string): HomeportError | undefined {
  const parsed = method.params.safeParse(params);
  const issue = parsed.error?.issues[0];
  if (issue !== undefined)
    return new HomeportError("invalid-params", `${issue.path.map(String).join(".") || "The parameters"}: ${issue.message}.`);
  return text.length > MAX_REQUEST ? new HomeportError("too-large", "That is too long to be sent to the daemon.") : undefined;
}

/** Gives up when the signal or the clock says so; the returned function ends the watch. */
function limit(
  options: { signal?: AbortSignal | undefined; timeout?: number | undefined },
  give: (error: HomeportError) => void,
): () => void {
  const { signal, timeout } = options;
  const abort = () =>
    give(signal?.reason instanceof HomeportError ? signal.reason : new HomeportError("cancelled", "The call was cancelled."));
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  const late = () => give(new HomeportError("timed-out", "The answer did not come in time."));
  const timer = timeout === undefined ? undefined : setTimeout(late, timeout);
  return () => {
    signal?.removeEventListener("abort", abort);
    clearTimeout(timer);
  };
}

class Call {
  readonly settled: Promise<unknown>;
  /** Called with what makes it pointless to go on. */
  onBroken: (error: HomeportError) => void = () => undefined;
  readonly #method: Method;
  readonly #onEvent: ((event: unknown) => void | Promise<void>) | undefined;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #done = false;
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor(method: Method, onEvent: ((event: unknown) => void | Promise<void>) | undefined) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.settled = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#method = method;
    this.#onEvent = onEvent;
  }

  /** False where it had ended before. */
  fail(error: unknown): boolean {
    if (this.#done) return false;
    this.#done = true;
    this.#reject(error);
    return true;
  }

  /** The returned promise holds the channel back while too many events wait. Answers come after the events before them. */
  receive(reply: Reply): Promise<void> | undefined {
    if (reply.kind === "event") return this.#event(reply.data);
    this.#tail = this.#tail.then(() => this.#end(reply));
    return undefined;
  }

  #event(data: unknown): Promise<void> | undefined {
    const event = this.#method.event?.safeParse(data);
    if (event?.success !== true) {
      this.onBroken(new HomeportError("malformed", "The daemon sent an event that is none; is it of another version?"));
      return undefined;
    }
    this.#waiting++;
    this.#tail = this.#tail.then(() => this.#hand(event.data));
    return this.#waiting > MAX_WAITING ? this.#tail : undefined;
  }

  async #hand(event: unknown): Promise<void> {
    this.#waiting--;
    if (this.#done) return;
    try {
      await this.#onEvent?.(event);
    } catch (error) {
      this.onBroken(error as HomeportError);
    }
  }

  #end(reply: Reply): void {
    if (this.#done) return;
    if (reply.kind === "error") {
      this.fail(fromRpcError(reply.error));
      return;
    }
    const result = this.#method.result.safeParse(reply.data);
    if (!result.success) {
      this.fail(new HomeportError("malformed", "The daemon's answer is not as expected; is it of another version?"));
      return;
    }
    this.#done = true;
    this.#resolve(result.data);
  }
}
