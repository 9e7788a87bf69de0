import { standingOf } from "../sync/account/resolve.ts";
import { sameBytes, toHex } from "../sync/encoding/bytes.ts";
import type { Device } from "../sync/device.ts";
import type { Link } from "../sync/ports.ts";
import type { Sessions } from "../sync/session/sessions.ts";
import type { KnownDevice } from "../sync/store/devices.ts";
import type { Transport } from "../transport/types.ts";

/** For some minutes a device is tried again soon: mostly it is a network that comes back. */
const SOON_MS = 1000;
const SOON_TRIES = 120;
const LAST_RETRY_MS = 60_000;
/** Most tries are given up early, as a lost packet of the first few is sent again ever later; each fourth has all the time. */
const SHORT_TRY_MS = 4000;

interface Attempt {
  cancel(): void;
  dialling: boolean;
}

export interface DialerOptions {
  device: Device;
  sessions: Sessions;
  transport: Transport;
  /** Multiaddrs of own devices that the person named; which device each belongs to is found out by dialling. */
  peers: readonly string[];
  /** Names among them, as addresses of this moment. */
  resolve(addresses: readonly string[]): Promise<string[]>;
}

/** Keeps a connection to each own device that can be reached, for ever. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #attempts = new Map<string, Attempt>();
  /** By transport key: seen on the local network. */
  readonly #discovered = new Map<string, string[]>();
  #stopped = false;

  constructor(options: DialerOptions) {
    this.#options = options;
    const { device, sessions, transport } = options;
    transport.onDiscovered((peer, addresses) => this.#discover(peer, addresses));
    sessions.peersChanged.add(() => this.check());
    sessions.suspected.add(() => this.check());
    device.accountChanges.add(() => {
      this.#cutOff();
      this.check();
    });
    // F1: where it was reached before is the best guess.
    sessions.redial = async ({ peer, link }) =>
      transport.dial(peer.transport, [...new Set([link.address, ...(await options.resolve(this.#addresses(peer)))])], "sync");
    device.records.changes.add((key) => this.#learned(key));
  }

  /** Starts what is not under way for every own device that is not connected. */
  check(): void {
    if (this.#stopped) return;
    for (const known of this.#wanted()) if (!this.#attempts.has(toHex(known.device))) this.#plan(known, 0, 0);
  }

  stop(): void {
    this.#stopped = true;
    for (const attempt of this.#attempts.values()) attempt.cancel();
    this.#attempts.clear();
  }

  /** A7, A9: at once and without a goodbye, which would first hand over what is still on its way. */
  #cutOff(): void {
    const { device, transport } = this.#options;
    for (const known of device.records.all()) {
      const state = standingOf(device.account, known.device)?.state;
      if (state !== "revoked" && state !== "frozen") continue;
      const key = toHex(known.device);
      this.#attempts.get(key)?.cancel();
      this.#attempts.delete(key);
      void transport.disconnect(known.transport);
    }
  }

  #wanted(): KnownDevice[] {
    const { device, sessions } = this.#options;
    return device.records.all().filter((known) => {
      const other = !sameBytes(known.device, device.self);
      const session = sessions.get(known.device);
      const isMissed = !session || session.isSuspect;
      return other && device.isAdmitted(known.device) && isMissed && this.#addresses(known).length > 0;
    });
  }

  #addresses(known: KnownDevice): string[] {
    const found = this.#discovered.get(toHex(known.transport)) ?? [];
    return [...new Set([...found, ...this.#options.peers, ...known.addresses])];
  }

  /** `tries`: how many have failed. */
  #plan(known: KnownDevice, wait: number, tries: number): void {
    const key = toHex(known.device);
    const jittered = wait * (0.75 + ((this.#options.device.random.bytes(1)[0] as number) / 255) * 0.5);
    const cancel = this.#options.device.clock.after(jittered, () => void this.#dial(key, tries));
    this.#attempts.set(key, { cancel, dialling: false });
  }

  async #dial(key: string, tries: number): Promise<void> {
    const known = this.#wanted().find((candidate) => toHex(candidate.device) === key);
    if (!known || this.#stopped) {
      this.#attempts.delete(key);
      return;
    }
    this.#attempts.set(key, { cancel: () => undefined, dialling: true });
    const { sessions, device } = this.#options;
    try {
      const link = await this.#open(known, tries);
      if (this.#stopped) link.close();
      else sessions.add(link);
    } catch (error) {
      device.log("debug", "an own device was not reached", { device: known.name, why: error instanceof Error ? error.message : "unknown" });
    }
    // Also after a link was made: it may end before the other side has proved itself.
    if (!this.#stopped) this.#plan(known, waitAfter(tries), tries + 1);
  }

  async #open(known: KnownDevice, tries: number): Promise<Link> {
    const { transport, device } = this.#options;
    const giveUp = new AbortController();
    const isShort = tries < SOON_TRIES && tries % 4 !== 3;
    const cancel = isShort ? device.clock.after(SHORT_TRY_MS, () => giveUp.abort(new Error("it took too long"))) : () => undefined;
    try {
      return await transport.dial(known.transport, await this.#options.resolve(this.#addresses(known)), "sync", giveUp.signal);
    } finally {
      cancel();
    }
  }

  /** Its addresses may be new: no use in waiting for the end of a back-off from the old ones. */
  #learned(key: Uint8Array): void {
    const known = this.#wanted().find((candidate) => sameBytes(candidate.device, key));
    if (known && !this.#stopped) this.#hurry(known);
  }

  #hurry(known: KnownDevice): void {
    const attempt = this.#attempts.get(toHex(known.device));
    if (attempt?.dialling) return;
    attempt?.cancel();
    this.#plan(known, 0, 0);
  }

  #discover(transport: Uint8Array, addresses: string[]): void {
    const { device, sessions } = this.#options;
    const known = device.records.admittedByTransport(device.account, transport);
    if (!known || sameBytes(known.device, device.self)) return;
    this.#discovered.set(toHex(transport), addresses.slice(0, 16));
    if (!sessions.get(known.device)) this.#hurry(known);
  }
}

function waitAfter(tries: number): number {
  if (tries < SOON_TRIES) return SOON_MS;
  return Math.min(SOON_MS * 2 ** (tries - SOON_TRIES + 1), LAST_RETRY_MS);
}
