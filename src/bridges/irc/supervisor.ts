import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { LinkFacts } from "../../security-labels/index.ts";
import type { AccountState, AccountStateName, BridgeErrorData } from "../contract/index.ts";
import { type BridgeError, backoffMs, toBridgeError } from "../kit/index.ts";
import { type Failure, stsBroken, stsUpgrade } from "./failures.ts";
import { Link, type Registered } from "./link.ts";
import { Session } from "./session.ts";
import type { Shared } from "./shared.ts";
import { readSts } from "./sts.ts";

/** Lines of the log about what a server sends, in one minute. */
const COMPLAINTS_PER_MINUTE = 10;

/** Keeps one account connected, for ever, until it is stopped or only the person can help. */
export class Supervisor {
  readonly #shared: Shared;
  readonly #stop = new AbortController();
  #stream: Duplex | undefined;
  #link: Link | undefined;
  #session: Session | undefined;
  #state: AccountStateName = "connecting";
  #running: Promise<void> | undefined;
  readonly #waiters = new Set<PromiseWithResolvers<Session>>();
  #trouble: BridgeErrorData | undefined;
  #paused = false;
  #complaints = { minute: 0, count: 0 };

  constructor(shared: Shared) {
    this.#shared = shared;
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
  async stop(reason: string, ms: number): Promise<void> {
    this.#stop.abort();
    this.#link?.quit(reason);
    if (this.#running) await Promise.race([this.#running, sleep(ms, undefined, { ref: false })]);
    this.#stream?.destroy();
    await this.#running;
    this.#tell({ state: "stopped" });
  }

  /** The session, now or as soon as there is one; undefined after `ms` and when all is over. */
  async online(ms: number): Promise<Session | undefined> {
    if (this.#session) return this.#session;
    const waiter = Promise.withResolvers<Session>();
    this.#waiters.add(waiter);
    const patience = sleep(ms, undefined, { ref: false, signal: this.#stop.signal }).catch(() => undefined);
    return Promise.race([waiter.promise, patience]).finally(() => this.#waiters.delete(waiter));
  }

  /** The host takes what is heard only slowly: the server's flood control has to hold back the rest. */
  pause(on: boolean): void {
    this.#paused = on;
    this.#session?.liveness.pause(on);
    if (on) this.#stream?.pause();
    else this.#stream?.resume();
  }

  /** The host does not take what is heard at all, or does so again (undefined). */
  hostTrouble(error: BridgeErrorData | undefined): void {
    this.#trouble = error;
    this.#tellOnline();
  }

  async #run(): Promise<void> {
    let failure: Failure | undefined;
    for (let attempt = 1; !this.#stop.signal.aborted; attempt++) {
      // Why it did not work before is still worth knowing.
      this.#tell({ state: "connecting", ...(failure ? { error: failure.error } : {}) });
      const began = this.#shared.world.steady();
      failure = await this.#once();
      if (this.#stop.signal.aborted) return;
      this.#shared.host.log("info", "connection ended", { why: failure.error.message });
      if (failure.retry === "never") return this.#tell({ state: "bad-credentials", error: failure.error });
      const { steady, timings } = this.#shared.world;
      if (steady() - began >= timings.stable) attempt = 1;
      await this.#backoff(failure, attempt);
    }
  }

  async #backoff({ error, retry }: Failure, attempt: number): Promise<void> {
    const { random, now, timings } = this.#shared.world;
    const ms = backoffMs(attempt, random(), retry === "later" ? timings.reconnectLater : timings.reconnect);
    this.#tell({ state: "backoff", error, retryAt: now() + ms });
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  /** One connection from dialling to its end. Never rejects. */
  async #once(): Promise<Failure> {
    try {
      const { stream, link } = await this.#dial();
      if (this.#demandedPort() !== undefined && !link.verified) return stsBroken(this.#shared.config.host);
      return await this.#converse(stream, link);
    } catch (error) {
      return dialFailure(toBridgeError(error, "no"));
    } finally {
      this.#stream?.destroy();
      this.#stream = undefined;
      this.#link = undefined;
    }
  }

  async #dial(): Promise<{ stream: Duplex; link: LinkFacts }> {
    const { host, config } = this.#shared;
    const servername = isIP(config.host) ? {} : { servername: config.host };
    const demanded = config.tls ? undefined : this.#demandedPort();
    const tls = config.tls || demanded !== undefined ? "direct" : "none";
    const dialling = host.dial({ host: config.host, port: demanded ?? config.port, tls, ...servername });
    dialling.then(({ stream }) => this.#take(stream)).catch(() => undefined);
    return Promise.race([dialling, this.#stopped()]);
  }

  /** Where the server has promised to be encrypted: the promise is never broken from our side. */
  #demandedPort(): number | undefined {
    const { sts, world } = this.#shared;
    return sts.demands(world.now());
  }

  /** What the server promises about its encryption. An address has no name that a certificate could prove. */
  #offered(value: string | undefined, measured: LinkFacts): Failure | undefined {
    const { config } = this.#shared;
    if (value === undefined || isIP(config.host)) return undefined;
    const { port } = readSts(value);
    if (measured.kind === "none" && port !== undefined) {
      this.#shared.sts.upgradeTo(port);
      return stsUpgrade(config.host, port);
    }
    this.#keepPromise(value, measured);
    return undefined;
  }

  /** Its time begins anew while it is connected, and once more at the end. */
  #keepPromise(value: string, measured: LinkFacts): void {
    const { config, sts, world, inbox } = this.#shared;
    const { duration } = readSts(value);
    if (duration === undefined || measured.kind !== "tls" || !measured.verified) return;
    const port = config.tls ? config.port : (this.#demandedPort() ?? config.port);
    inbox.note(sts.promised(config.host, port, duration, world.now()));
  }

  /** A stream that comes when nobody waits for it any more is closed again. */
  #take(stream: Duplex): void {
    stream.on("error", () => undefined);
    if (this.#stop.signal.aborted) stream.destroy();
    this.#stream = stream;
  }

  /** Rejects when all is over. */
  async #stopped(): Promise<never> {
    const { signal } = this.#stop;
    if (!signal.aborted) await once(signal, "abort");
    throw new Error("the account is being disconnected");
  }

  async #converse(stream: Duplex, measured: LinkFacts): Promise<Failure> {
    const { config, world } = this.#shared;
    const nonce = randomBytes(9).toString("base64url");
    let promise: string | undefined;
    const link = new Link(
      stream,
      { config, deadlineMs: world.timings.registration },
      {
        registered: (ready, registered) => this.#begin(ready, registered, measured, nonce),
        offered: (sts) => {
          promise = sts;
          return this.#offered(sts, measured);
        },
        oversized: (bytes) => this.#complain("the server sent a line that is too long; it was dropped", { bytes }),
        malformed: (error) => this.#complain("a line of the server could not be read", { error: errorName(error) }),
      },
    );
    this.#link = link;
    if (this.#stop.signal.aborted) stream.destroy();
    if (this.#paused) stream.pause();
    const why = await link.closed;
    if (promise !== undefined && this.#session) this.#keepPromise(promise, measured);
    this.#session?.stop();
    this.#session = undefined;
    return why;
  }

  #begin(link: Link, registered: Registered, measured: LinkFacts, nonce: string): (message: Parameters<Session["take"]>[0]) => void {
    const session = new Session(this.#shared, { link, registered, measured, nonce, changed: () => this.#tellOnline() });
    this.#session = session;
    session.start();
    session.liveness.pause(this.#paused);
    this.#tellOnline();
    for (const waiter of this.#waiters) waiter.resolve(session);
    return (message) => session.take(message);
  }

  #tellOnline(): void {
    const session = this.#session;
    if (!session) return;
    const trouble = this.#trouble ?? behind(session);
    const error = trouble ?? (session.hasWantedNick ? undefined : this.#nickTaken(session));
    this.#tell({ state: trouble ? "degraded" : "online", self: session.self, ...(error ? { error } : {}) });
  }

  #nickTaken({ self }: Session): BridgeErrorData {
    const { nick } = this.#shared.config;
    return {
      code: "forbidden",
      sent: "no",
      message: `The nick ${nick} is taken; you appear as ${self.name} until it is free.`,
      action: "none",
    };
  }

  #tell(state: Omit<AccountState, "since" | "link">): void {
    this.#state = state.state;
    this.#shared.host.state(state);
  }

  #complain(message: string, fields: Record<string, string | number>): void {
    const minute = Math.floor(this.#shared.world.steady() / 60_000);
    if (minute !== this.#complaints.minute) this.#complaints = { minute, count: 0 };
    this.#complaints.count += 1;
    if (this.#complaints.count <= COMPLAINTS_PER_MINUTE) this.#shared.host.log("warn", message, fields);
  }
}

/** The server is there, and something behind it is not. */
function behind({ trouble }: Session): BridgeErrorData | undefined {
  return trouble === undefined ? undefined : { code: "offline", sent: "no", message: trouble, action: "check-settings" };
}

/** A certificate that does not verify and a host that may not be dialled will not change soon, but may. */
function dialFailure({ data }: BridgeError): Failure {
  const lasting = data.code === "insecure" || data.code === "forbidden";
  return { retry: lasting ? "later" : "soon", error: lasting ? { action: "check-settings", ...data } : data };
}

function errorName(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : typeof error;
}
