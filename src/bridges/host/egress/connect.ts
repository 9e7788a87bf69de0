import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP, Socket } from "node:net";
import { bareHost, isOwnAddress } from "./address.ts";
import { BridgeError } from "../../kit/bridge-error.ts";
import { forbidden, offline, whyOffline } from "./errors.ts";

export interface ConnectOptions {
  host: string;
  /** In errors, where the host alone does not say what it is. */
  called?: string;
  port: number;
  ownPorts: () => number[];
  /** Somebody else has named the host: it must not be this machine. */
  elsewhere?: boolean;
  /** Milliseconds, for the look-up and the connection together. */
  timeout: number;
  signal: AbortSignal;
}

/**
 * Looks the name up itself and connects to what it found and checked: between the check and the connection nobody is asked
 * again. Throws a `BridgeError`: `forbidden` for this node's own services, else `offline`.
 */
export async function connectTo(options: ConnectOptions): Promise<Socket> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeout)]);
  try {
    const addresses = (await aborting(resolve(options.host), signal)).filter((one) => isAllowed(one, options));
    if (addresses.length === 0) throw options.elsewhere ? thisMachine(options.host) : ownService(options.port);
    return await open(options, addresses, signal);
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    throw offline(`${options.called ?? options.host} does not answer: ${signal.aborted ? whyAborted(options) : whyOffline(error)}.`);
  }
}

const whyAborted = ({ signal, timeout }: ConnectOptions): string =>
  signal.aborted ? "the attempt was called off" : `there was no connection within ${timeout / 1000} s`;

async function resolve(host: string): Promise<LookupAddress[]> {
  const bare = bareHost(host);
  const family = isIP(bare);
  return family === 0 ? lookup(bare, { all: true }) : [{ address: bare, family }];
}

function isAllowed({ address }: LookupAddress, { port, ownPorts, elsewhere = false }: ConnectOptions): boolean {
  return !((elsewhere || ownPorts().includes(port)) && isOwnAddress(address));
}

const ownService = (port: number): Error =>
  forbidden(`Port ${port} of this machine is one of Homeport's own services, which no bridge may reach.`);

const thisMachine = (host: string): Error => forbidden(`The domain says that its service is ${host}, which is this machine.`);

function aborting<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolvePromise, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolvePromise, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function open({ host, port }: ConnectOptions, addresses: LookupAddress[], signal: AbortSignal): Promise<Socket> {
  return new Promise((connected, reject) => {
    const socket = new Socket();
    const onAbort = (): void => void socket.destroy(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", (error) => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
    });
    socket.once("connect", () => {
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners("error");
      // Whoever uses it hears of its end by `close`; in between, an error must not end the node.
      socket.on("error", () => socket.destroy());
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 60_000);
      connected(socket);
    });
    if (signal.aborted) return onAbort();
    socket.connect({ host: bareHost(host), port, autoSelectFamily: true, lookup: given(addresses) });
  });
}

type Answer = (error: null, address: string | LookupAddress[], family?: number) => void;

/** A look-up that knows only these addresses. */
function given(addresses: LookupAddress[]) {
  return (_host: string, options: { all?: boolean | undefined }, answer: Answer): void => {
    const [first] = addresses;
    if (options.all === true) answer(null, addresses);
    else if (first !== undefined) answer(null, first.address, first.family);
  };
}
