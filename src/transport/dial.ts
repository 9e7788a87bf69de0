import type { Connection } from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { sameBytes } from "../sync/encoding/bytes.ts";
import { HomeportError } from "../sync/errors.ts";
import { type Address, isUnspecified, parseAddress } from "./addresses.ts";
import { peerIdOf } from "./keys.ts";

/** Time between the starts of two attempts (RFC 8305 §5), in milliseconds. */
const ATTEMPT_DELAY = 250;
/** A relay costs others: it is only tried when the direct ways had their time. */
const RELAY_DELAY = 1_500;
const MAX_ADDRESSES = 16;

export interface Dialler {
  open(address: Multiaddr, signal: AbortSignal): Promise<Connection>;
  /** Another key answered at the address, which is the very object that was given to `open`. */
  isImpostor(address: Multiaddr): boolean;
  /** Milliseconds for one address. */
  timeout: number;
  /** Those that can be dialled from here, the best first. */
  order(addresses: readonly Address[]): Address[];
}

interface Failure {
  address: string;
  impostor: boolean;
  reason: string;
}

/**
 * Opens a connection to whoever holds `key`: the addresses are tried one after the other without waiting long for the
 * one before, and the first that works wins. Throws `HomeportError` `wrong-peer` or `unreachable`, or what the signal
 * was aborted with.
 */
export async function dialPeer(dialler: Dialler, key: Uint8Array, addresses: readonly string[], signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted();
  const race = new DialRace(dialler, key, signal);
  const waits: Promise<void>[] = [];
  for (const { text, way } of usable(dialler, addresses, key)) {
    if (way === "relay" && waits.length > 0) await Promise.race([Promise.all(waits), delay(RELAY_DELAY, race.over)]);
    if (race.over.aborted) break;
    const attempt = race.attempt(text);
    waits.push(attempt);
    await Promise.race([attempt, delay(ATTEMPT_DELAY, race.over)]);
  }
  await Promise.race([Promise.all(waits), aborted(race.over)]);
  if (race.won !== undefined) return race.won;
  signal.throwIfAborted();
  throw failure(race.failures);
}

class DialRace {
  readonly failures: Failure[] = [];
  readonly over: AbortSignal;
  won: Connection | undefined;
  readonly #dialler: Dialler;
  readonly #key: Uint8Array;
  readonly #finish = new AbortController();

  constructor(dialler: Dialler, key: Uint8Array, signal: AbortSignal) {
    this.#dialler = dialler;
    this.#key = key;
    this.over = AbortSignal.any([signal, this.#finish.signal]);
  }

  /** Settles when the attempt is over, however it ended. */
  async attempt(text: string): Promise<void> {
    const address = multiaddr(`${text}/p2p/${peerIdOf(this.#key).toString()}`);
    try {
      const connection = await this.#open(address);
      if (this.over.aborted) {
        connection.abort(new Error("not needed any more"));
        return;
      }
      this.won = connection;
      this.#finish.abort();
    } catch (error) {
      this.failures.push({ address: text, impostor: this.#dialler.isImpostor(address), reason: reasonOf(error) });
    }
  }

  /** Node ties a socket to the signal that it was opened with for good: this one is never aborted after success. */
  async #open(address: Multiaddr): Promise<Connection> {
    const controller = new AbortController();
    const giveUp = (): void => controller.abort();
    const timer = setTimeout(giveUp, this.#dialler.timeout);
    this.over.addEventListener("abort", giveUp);
    try {
      return await this.#dialler.open(address, controller.signal);
    } finally {
      clearTimeout(timer);
      this.over.removeEventListener("abort", giveUp);
    }
  }
}

/** Addresses come from other devices and from the local network: what cannot be used is left out. */
function usable(dialler: Dialler, addresses: readonly string[], key: Uint8Array): Address[] {
  const parsed = addresses.map(parseAddress).filter((address) => address !== undefined);
  const dialable = parsed.filter(({ host, port, peer }) => {
    return !isUnspecified(host) && port > 0 && (peer === undefined || sameBytes(peer, key));
  });
  const each = [...new Map(dialable.map((address) => [address.text, address])).values()];
  return dialler.order(each).slice(0, MAX_ADDRESSES);
}

function failure(failures: readonly Failure[]): HomeportError {
  const impostor = failures.find((failed) => failed.impostor);
  if (impostor !== undefined) {
    return new HomeportError("wrong-peer", `Another device than expected answered at ${impostor.address}: its address may be out of date.`);
  }
  if (failures.length === 0) return new HomeportError("unreachable", "There is no address of this device that can be dialled.");
  const reasons = failures.map(({ address, reason }) => `${address} ${reason}`).join(", ");
  return new HomeportError("unreachable", `The device cannot be reached: ${reasons}. Check that it is on and connected.`);
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused the connection",
  ECONNRESET: "hung up",
  EHOSTUNREACH: "is in a network that cannot be reached from here",
  ENETUNREACH: "is in a network that cannot be reached from here",
  ETIMEDOUT: "did not answer",
  TimeoutError: "did not answer",
  AbortError: "did not answer",
  EncryptionFailedError: "hung up, or is no Homeport device",
};

function reasonOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return REASONS[String(code)] ?? REASONS[String(name)] ?? "could not be connected to";
}

/** Resolves after the time, or as soon as the signal is aborted. */
async function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([promise, aborted(signal)]);
  clearTimeout(timer);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
