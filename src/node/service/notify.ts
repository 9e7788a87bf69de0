import { execFile } from "node:child_process";
import type { Log } from "../../sync/log-port.ts";

/** Milliseconds; the manager answers at once. */
const LIMIT = 10_000;

/** Tells the service manager how the daemon is, by `systemd-notify`: Node has no datagram sockets of that kind. */
export class Notifier {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #log: Log;
  #watchdog: NodeJS.Timeout | undefined;
  #failed = false;

  constructor(env: Readonly<Record<string, string | undefined>>, log: Log) {
    this.#env = env;
    this.#log = log;
  }

  /** False where no service manager listens: then nothing is done. */
  get isListening(): boolean {
    return Boolean(this.#env.NOTIFY_SOCKET);
  }

  ready(status: string): Promise<void> {
    return this.#say("READY=1", `STATUS=${status}`);
  }

  status(status: string): Promise<void> {
    return this.#say(`STATUS=${status}`);
  }

  stopping(): Promise<void> {
    clearInterval(this.#watchdog);
    return this.#say("STOPPING=1", "STATUS=Ending");
  }

  /** Twice in the time that the manager waits, from the loop that serves everything: when that hangs, nothing is said. */
  watch(): void {
    const usec = Number(this.#env.WATCHDOG_USEC ?? 0);
    if (!this.isListening || !(usec > 0)) return;
    this.#watchdog = setInterval(() => void this.#say("WATCHDOG=1"), Math.max(500, usec / 2000));
    this.#watchdog.unref();
  }

  #say(...words: string[]): Promise<void> {
    if (!this.isListening) return Promise.resolve();
    const env = { PATH: this.#env.PATH ?? "/usr/bin:/bin", NOTIFY_SOCKET: this.#env.NOTIFY_SOCKET };
    return new Promise((resolve) => {
      execFile(this.#env.HOMEPORT_SYSTEMD_NOTIFY ?? "systemd-notify", words, { env, timeout: LIMIT }, (error) => {
        if (error && !this.#failed) this.#log("error", "the service manager cannot be told", { what: error.message.slice(0, 200) });
        this.#failed = error !== null;
        resolve();
      });
    });
  }
}
