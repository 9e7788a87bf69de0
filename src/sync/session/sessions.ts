import type { Device } from "../device.ts";
import { compareBytes, sameBytes, toHex } from "../encoding/bytes.ts";
import { HomeportError } from "../errors.ts";
import { Listeners } from "../listeners.ts";
import type { Link, LinkReceiver } from "../ports.ts";
import type { CallHandler } from "./calls.ts";
import { RENEWAL, type RenewalLimits } from "./carrier.ts";
import type { Moved } from "./holdings.ts";
import { PeerClocks } from "./peer-clocks.ts";
import { Session } from "./session.ts";
import { OpThrottle } from "./throttle.ts";

export interface SessionsOptions {
  device: Device;
  /** This device's own transport key and its certificate (K2). */
  transport: Uint8Array;
  certificate: Uint8Array;
  handle: CallHandler;
  /** F1; for tests. */
  renewal?: Partial<RenewalLimits>;
}

/** The sessions with all own devices that are connected now: at most one that counts to each. */
export class Sessions {
  /** A device connected or went. */
  readonly peersChanged = new Listeners<[device: Uint8Array, connected: boolean]>();
  /** A device does not answer: it is told again and again until it does. */
  readonly suspected = new Listeners<[device: Uint8Array]>();
  readonly live = new Listeners<[device: Uint8Array, topic: string, text: string]>();
  /** A peer holds more than before (F5). */
  readonly acknowledged = new Listeners<[moved: Moved[]]>();
  /** F1: opens one more link to a device that is connected by one of ours. Set by what dials. */
  redial: ((session: Session) => Promise<Link>) | undefined;
  /** B3: what time it is on other devices. */
  readonly clocks: PeerClocks;
  readonly #throttle: OpThrottle;
  readonly #options: SessionsOptions;
  readonly #device: Device;
  readonly #open = new Set<Session>();
  readonly #byDevice = new Map<string, Session>();

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#device = options.device;
    this.clocks = new PeerClocks((device) => this.#device.isAdmitted(device));
    this.#throttle = new OpThrottle(this.#device.clock);
    this.#device.rollback.watch();
    this.#device.outgoing.add(() => {
      for (const session of this.#open) session.pump();
    });
    this.#device.learned.add((conversation) => {
      for (const session of this.#open) session.overview([conversation]);
    });
    this.#device.accountChanges.add((_, ops) => this.#accountChanged(ops));
  }

  /** A7: may the holder of this transport key talk to us at all? */
  isKnown(transport: Uint8Array): boolean {
    return this.#device.records.admittedByTransport(this.#device.account, transport) !== undefined;
  }

  add(link: Link): void {
    const peer = this.#device.records.admittedByTransport(this.#device.account, link.peer);
    if (!peer || sameBytes(peer.device, this.#device.self)) {
      link.close();
      return;
    }
    const { certificate, handle, renewal } = this.#options;
    const session: Session = new Session({
      ...{ device: this.#device, link, peer, certificate, handle, renewal: { ...RENEWAL, ...renewal } },
      redial: () => this.redial?.(session),
      suspected: (suspect) => this.suspected.tell(suspect.peer.device),
      continues: (fresh, token) => this.#continue(fresh, token),
      throttle: ({ peer: { device } }, ops) => this.#throttle.charge(device, ops),
      ahead: ({ peer: { device } }, ms) => this.clocks.heard(device, ms),
      ready: (ready) => this.#ready(ready),
      live: (from, topic, text) => this.live.tell(from.peer.device, topic, text),
      acknowledged: (positions) => this.acknowledged.tell(positions),
      closed: (closed, why) => this.#closed(closed, why),
    });
    this.#open.add(session);
  }

  /** The session with this device, once it has proved itself. */
  get(device: Uint8Array): Session | undefined {
    return this.#byDevice.get(toHex(device));
  }

  all(): Session[] {
    return [...this.#byDevice.values()];
  }

  /** Rejects with `unreachable` where the device is not connected. */
  call(device: Uint8Array, method: string, text: string): Promise<string> {
    const session = this.get(device);
    if (!session) return Promise.reject(new HomeportError("unreachable", "That device is not connected now. Try again when it is online."));
    return session.calls.call(method, text);
  }

  broadcast(topic: string, text: string): void {
    for (const session of this.#byDevice.values()) session.sendLive(topic, text);
  }

  close(): void {
    for (const session of [...this.#open]) session.close("Homeport is shutting down");
  }

  /** Both sides may have dialled at once: both keep the link that the device with the smaller key dialled. */
  #ready(session: Session): void {
    const key = toHex(session.peer.device);
    const other = this.#byDevice.get(key);
    this.#device.transact((writer) => this.#device.records.seen(session.peer.device, writer.now()));
    if (other && !this.#replaces(session, other)) {
      session.close("there is another connection to this device");
      return;
    }
    this.#byDevice.set(key, session);
    other?.close("replaced by a newer connection");
    this.peersChanged.tell(session.peer.device, true);
  }

  /** The link of `fresh` is for a session that is there. */
  #continue(fresh: Session, token: Uint8Array): LinkReceiver | undefined {
    const receiver = this.get(fresh.peer.device)?.continueOver(fresh.link, token);
    if (receiver) this.#open.delete(fresh);
    return receiver;
  }

  #replaces(session: Session, other: Session): boolean {
    // A peer that dials again has lost the other one, whoever had dialled that.
    if (session.link.outbound === other.link.outbound || !other.isLively) return true;
    const oursCounts = compareBytes(this.#device.self, session.peer.device) < 0;
    return session.link.outbound === oursCounts;
  }

  #closed(session: Session, why: string): void {
    this.#open.delete(session);
    const key = toHex(session.peer.device);
    this.#device.log("info", "a connection to an own device ended", { device: session.peer.name, why });
    if (this.#byDevice.get(key) !== session) return;
    this.#byDevice.delete(key);
    this.peersChanged.tell(session.peer.device, false);
  }

  #accountChanged(ops: readonly Uint8Array[]): void {
    for (const session of [...this.#open]) {
      if (!this.#device.isAdmitted(session.peer.device)) {
        session.close("it is not admitted any more");
        continue;
      }
      session.sendOps(ops);
      session.askForWaiting();
    }
  }
}
