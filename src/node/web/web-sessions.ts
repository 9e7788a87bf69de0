import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../sync/ports.ts";
import { MAX_SESSIONS, type WebStore } from "./web-store.ts";

/** Since it was last used. */
const LIFE_MS = 30 * 24 * 3600_000;
const RENEW_MS = 3600_000;

/** What a browser holds: the cookie, which scripts cannot read, and the key, which other sites cannot send. Both are needed. */
export interface WebSession {
  cookie: string;
  key: string;
}

/** Browsers of this machine that may use the device API. Only hashes are kept. */
export class WebSessions {
  readonly #store: WebStore;
  readonly #clock: Clock;

  constructor(store: WebStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The least recently used of too many is ended. */
  open(): WebSession {
    const session = { cookie: randomBytes(32).toString("base64url"), key: randomBytes(32).toString("base64url") };
    const kept = this.#alive().sort((a, b) => b.used - a.used);
    const opened = { cookie: hashOf(session.cookie), key: hashOf(session.key), used: this.#clock.now() };
    this.#store.change({ sessions: [opened, ...kept].slice(0, MAX_SESSIONS) });
    return session;
  }

  isValid({ cookie, key }: WebSession): boolean {
    const sessions = this.#alive();
    const found = sessions.find((session) => session.cookie === hashOf(cookie) && session.key === hashOf(key));
    if (!found) return false;
    const now = this.#clock.now();
    if (now - found.used > RENEW_MS)
      this.#store.change({ sessions: sessions.map((session) => (session === found ? { ...session, used: now } : session)) });
    return true;
  }

  #alive() {
    const oldest = this.#clock.now() - LIFE_MS;
    return this.#store.get().sessions.filter(({ used }) => used > oldest);
  }
}

const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("base64url");
