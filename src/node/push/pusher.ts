import { forgetPushTarget, pushTargets } from "../../device/push/records.ts";
import { missingAt } from "../../device/sync-lag.ts";
import { chatState } from "../../device/views/chat-state.ts";
import type { PushTarget } from "../../sync/content/push.ts";
import type { Device } from "../../sync/device.ts";
import { sameBytes, toHex } from "../../sync/encoding/bytes.ts";
import type { Sessions } from "../../sync/session/sessions.ts";
import type { Outcome } from "./send.ts";

/** Messages of one moment are one push. */
const GATHER_MS = 1000;
/** To a browser that was told and did not come: so long until the next, each time twice as long. */
const AGAIN_MS = 30_000;
const AGAIN_MOST_MS = 15 * 60_000;
/** After a push that did not work. */
const RETRY_MS = 10_000;
const RETRY_MOST_MS = 3600_000;
const MOST_TRIES = 6;

export interface PusherOptions {
  device: Device;
  sessions: Sessions;
  /** The key with which this device signs, 65 bytes: only for browsers that took it. */
  key: Uint8Array;
  send(target: PushTarget): Promise<Outcome>;
}

interface Browser {
  /** Number of the change of the newest message that it was told of, or has. */
  upTo: number;
  /** Pushes since it was here. */
  told: number;
  /** Of the push that is due. */
  failed: number;
  /** Not before; milliseconds since 1970. */
  notBefore: number;
  busy: boolean;
}

/** Wakes browsers that are not connected when there is something that the person has not seen. */
export class Pusher {
  readonly #options: PusherOptions;
  readonly #browsers = new Map<string, Browser>();
  readonly #closers: (() => void)[];
  #timer: (() => void) | undefined;
  #due = Infinity;
  #stopped = false;

  constructor(options: PusherOptions) {
    this.#options = options;
    const { device, sessions } = options;
    const soon = () => this.#lookIn(GATHER_MS);
    this.#closers = [device.changes.add(soon), sessions.peersChanged.add(soon)];
    // What came before the start is no news.
    const newest = this.#newest();
    for (const target of this.#targets()) this.#browser(target, newest);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.();
    for (const close of this.#closers) close();
  }

  #lookIn(ms: number): void {
    const { clock } = this.#options.device;
    const due = clock.now() + ms;
    if (this.#stopped || this.#due <= due) return;
    this.#timer?.();
    this.#due = due;
    this.#timer = clock.after(ms, () => {
      this.#due = Infinity;
      this.#look();
    });
  }

  #look(): void {
    const newest = this.#newest();
    for (const target of this.#targets()) this.#consider(target, this.#browser(target, newest), newest);
  }

  #consider(target: PushTarget, browser: Browser, newest: number): void {
    const { device, sessions } = this.#options;
    const session = sessions.get(target.device);
    if (session && !session.isSuspect) {
      Object.assign(browser, { told: 0, failed: 0, notBefore: 0 });
      // A line that died unnoticed delivered nothing.
      if (missingAt(device, target.device) === 0) browser.upTo = Math.max(browser.upTo, newest);
      return;
    }
    if (newest <= browser.upTo || browser.busy) return;
    const wait = browser.notBefore - device.now();
    if (wait > 0 && wait <= RETRY_MOST_MS) return this.#lookIn(wait);
    browser.busy = true;
    void this.#push(target, browser, newest);
    return undefined;
  }

  async #push(target: PushTarget, browser: Browser, newest: number): Promise<void> {
    const { device, send } = this.#options;
    const outcome = await send(target);
    if (this.#stopped) return;
    browser.busy = false;
    const now = device.now();
    switch (outcome.is) {
      case "sent":
        browser.upTo = newest;
        browser.failed = 0;
        browser.notBefore = now + Math.min(AGAIN_MS * 2 ** browser.told, AGAIN_MOST_MS);
        browser.told += 1;
        break;
      case "gone":
        device.log("info", "a browser takes no pushes any more", { device: toHex(target.device).slice(0, 8) });
        this.#browsers.delete(keyOf(target));
        forgetPushTarget(device, target.device);
        return;
      case "later":
        browser.failed += 1;
        if (browser.failed >= MOST_TRIES) this.#giveUp(browser, newest, outcome.why);
        else browser.notBefore = now + Math.min(outcome.wait ?? RETRY_MS * 4 ** (browser.failed - 1), RETRY_MOST_MS);
        break;
      case "refused":
        this.#giveUp(browser, newest, outcome.why);
    }
    // More may have come meanwhile.
    this.#lookIn(GATHER_MS);
  }

  /** Until the next message. */
  #giveUp(browser: Browser, newest: number, why: string): void {
    browser.upTo = newest;
    browser.failed = 0;
    this.#options.device.log("warn", "a push to a browser did not work", { why });
  }

  #browser(target: PushTarget, newest: number): Browser {
    const key = keyOf(target);
    let browser = this.#browsers.get(key);
    if (!browser) {
      browser = { upTo: newest, told: 0, failed: 0, notBefore: 0, busy: false };
      this.#browsers.set(key, browser);
    }
    return browser;
  }

  #targets(): PushTarget[] {
    const { device, key } = this.#options;
    const targets = pushTargets(device).filter((target) => sameBytes(target.key, key));
    const known = new Set(targets.map(keyOf));
    for (const other of this.#browsers.keys()) if (!known.has(other)) this.#browsers.delete(other);
    return targets;
  }

  /** Number of the change of the newest message that the person has not seen and wants to hear of. */
  #newest(): number {
    const { device } = this.#options;
    const rows = device.sql.all<{ conversation: number; n: number }>(
      "select conversation, max(n) as n from unread_message where hidden = 0 group by conversation",
    );
    const wanted = rows.filter(({ conversation }) => !chatState(device, conversation).muted);
    return Math.max(0, ...wanted.map(({ n }) => n));
  }
}

const keyOf = ({ device, endpoint }: PushTarget): string => `${toHex(device)} ${endpoint}`;
