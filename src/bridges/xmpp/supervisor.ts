import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { AccountState, AccountStateName, BridgeErrorData, DialRequest } from "../contract/index.ts";
import { BridgeError, backoffMs, toBridgeError } from "../kit/index.ts";
import { endpointsOf } from "./endpoints.ts";
import { ConnectError, connectionLost, type Failure, failure } from "./failures.ts";
import { type Dialled, handshake, type Ready } from "./rfc-6120-streams.ts";
import { Session } from "./session.ts";
import type { Shared } from "./shared.ts";
import type { Resumable } from "./xep-0198-stream-management.ts";
import { XmlStream } from "./xml-stream.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface Kept {
  /** The session of the process before this one. */
  resumable: Resumable | undefined;
  kv: Record<string, Uint8Array>;
}

/** Keeps one account connected, for ever, until it is stopped or only the person can help. */
export class Supervisor {
  readonly #shared: Shared;
  readonly #stop = new AbortController();
  readonly #resource: string;
  readonly #waiters = new Set<PromiseWithResolvers<Session>>();
  #hadScram: boolean;
  #resumable: Resumable | undefined;
  #stream: XmlStream | undefined;
  #session: Session | undefined;
  #state: AccountStateName = "connecting";
  #running: Promise<void> | undefined;
  #trouble: BridgeErrorData | undefined;
  #paused = false;

  constructor(shared: Shared, { resumable, kv }: Kept) {
    this.#shared = shared;
    this.#resumable = resumable;
    this.#hadScram = kv["scram"] !== undefined;
    const kept = kv["resource"] && decoder.decode(kv["resource"]);
    this.#resource = kept || `homeport.${randomBytes(6).toString("base64url")}`;
    if (!kept) shared.inbox.note({ resource: encoder.encode(this.#resource) });
  }

  get session(): Session | undefined {
    return this.#session;
  }

  get state(): AccountStateName {
    return this.#state;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Says goodbye; resolves when the connection is gone, at the latest after `ms`. */
  async stop(ms: number): Promise<void> {
    this.#stop.abort();
    this.#session?.goodbye();
    this.#stream?.end();
    if (this.#running) await Promise.race([this.#running, sleep(ms, undefined, { ref: false })]);
    this.#stream?.cut();
    await this.#running;
    for (const waiter of this.#waiters) waiter.reject(new BridgeError({ code: "offline", sent: "no", message: "The account is stopped." }));
    this.#tell({ state: "stopped" });
  }

  /** The session, now or as soon as there is one; undefined after `ms` and when all is over. */
  async online(ms: number): Promise<Session | undefined> {
    if (this.#session) return this.#session;
    const waiter = Promise.withResolvers<Session>();
    waiter.promise.catch(() => undefined);
    this.#waiters.add(waiter);
    const patience = sleep(ms, undefined, { ref: false, signal: this.#stop.signal }).catch(() => undefined);
    return Promise.race([waiter.promise, patience]).finally(() => this.#waiters.delete(waiter));
  }

  /** The host takes what is heard only slowly: the server has to wait. */
  pause(on: boolean): void {
    this.#paused = on;
    this.#session?.pause(on);
    this.#stream?.pause(on);
  }

  /** The host does not take what is heard at all, or does so again (undefined). */
  hostTrouble(error: BridgeErrorData | undefined): void {
    this.#trouble = error;
    if (this.#session) this.#tellOnline(this.#session);
  }

  async #run(): Promise<void> {
    let ended: Failure | undefined;
    for (let attempt = 1; !this.#stop.signal.aborted; attempt++) {
      // Why it did not work before is still worth knowing.
      this.#tell({ state: "connecting", ...(ended ? { error: ended.error } : {}) });
      const began = this.#shared.world.steady();
      ended = await this.#once();
      if (this.#stop.signal.aborted) return;
      this.#shared.host.log("info", "connection ended", { why: ended.error.message });
      if (ended.retry === "never") return this.#tell({ state: "bad-credentials", error: ended.error });
      const { steady, timings } = this.#shared.world;
      if (steady() - began >= timings.stable) attempt = 1;
      await this.#backoff(ended, attempt);
    }
  }

  async #backoff({ error, retry }: Failure, attempt: number): Promise<void> {
    const { random, now, timings } = this.#shared.world;
    const ms = backoffMs(attempt, random(), retry === "later" ? timings.reconnectLater : timings.reconnect);
    this.#tell({ state: "backoff", error, retryAt: now() + ms });
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  /** One connection from dialling to its end: at the first address that answers. Never rejects. */
  async #once(): Promise<Failure> {
    const { config } = this.#shared;
    let last = failure("soon", "offline", `There is no way to ${config.jid.domain}.`);
    for (const endpoint of endpointsOf(config)) {
      if (this.#stop.signal.aborted) return last;
      try {
        return await this.#converse(await this.#dial(endpoint));
      } catch (error) {
        const now = failureOf(error, config.jid.domain);
        if (!(error instanceof BridgeError)) return now;
        // Of several attempts the one is told that a person can do something about.
        if (now.error.code !== "not-found" && last.error.code !== "insecure") last = now;
      } finally {
        this.#stream?.cut();
        this.#stream = undefined;
      }
    }
    return last;
  }

  async #dial(request: DialRequest): Promise<Dialled> {
    const dialling = this.#shared.host.dial(request);
    // A stream that comes when nobody waits for it any more is closed again.
    dialling.then(({ stream }) => this.#stop.signal.aborted && stream.destroy()).catch(() => undefined);
    return Promise.race([dialling, this.#stopped()]);
  }

  /** Rejects when all is over. */
  async #stopped(): Promise<never> {
    const { signal } = this.#stop;
    if (!signal.aborted) await once(signal, "abort");
    throw new Error("the account is being disconnected");
  }

  async #converse(dialled: Dialled): Promise<Failure> {
    const { domain } = this.#shared.config.jid;
    const stream = new XmlStream(dialled.stream);
    this.#stream = stream;
    const ready = await this.#login(stream, dialled);
    if ("error" in ready) return ready;
    const session = new Session(this.#shared, ready, this.#resumable);
    if (this.#paused) this.pause(true);
    await session.start();
    if (!this.#stop.signal.aborted) this.#begin(session);
    const error = await stream.closed;
    session.stop();
    this.#session = undefined;
    this.#resumable = session.resumable;
    return session.why ?? connectionLost(domain, error);
  }

  async #login(stream: XmlStream, dialled: Dialled): Promise<Ready | Failure> {
    const { host, config, world, inbox } = this.#shared;
    const timer = setTimeout(() => stream.cut(tooSlow(config.jid.domain)), world.timings.login);
    try {
      const options = { host, config, dialled, resumable: this.#resumable, resource: this.#resource, hadScram: this.#hadScram };
      const ready = await handshake(stream, options);
      if (!this.#hadScram && ready.mechanism.startsWith("SCRAM")) inbox.note({ scram: encoder.encode(ready.mechanism) });
      this.#hadScram ||= ready.mechanism.startsWith("SCRAM");
      return ready;
    } catch (error) {
      return failureOf(error, config.jid.domain);
    } finally {
      clearTimeout(timer);
    }
  }

  #begin(session: Session): void {
    this.#session = session;
    this.#tellOnline(session);
    for (const waiter of this.#waiters) waiter.resolve(session);
  }

  #tellOnline(session: Session): void {
    const error = this.#trouble;
    this.#tell({ state: error ? "degraded" : "online", self: session.self, ...(error ? { error } : {}) });
  }

  #tell(state: Omit<AccountState, "since" | "link">): void {
    this.#state = state.state;
    this.#shared.host.state(state);
  }
}

function tooSlow(domain: string): ConnectError {
  return new ConnectError(failure("soon", "offline", `${domain} has not let us in in time.`));
}

/** A certificate that does not verify and a host that may not be dialled will not change soon, but may. */
function failureOf(error: unknown, domain: string): Failure {
  if (error instanceof ConnectError) return error.failure;
  if (!(error instanceof BridgeError)) return connectionLost(domain, error);
  const { data } = toBridgeError(error, "no");
  const lasting = data.code === "insecure" || data.code === "forbidden";
  return { retry: lasting ? "later" : "soon", error: lasting ? { action: "check-settings", ...data } : data };
}
