import type { Transport as Libp2pTransport } from "@libp2p/interface";
import { HomeportError } from "../sync/errors.ts";
import { parseAddress } from "./addresses.ts";
import type { TransportFactory } from "./environment.ts";

interface Failure {
  address: string;
  code: string;
}

/** libp2p reports failed listeners as one text; this keeps what the system said. */
export class ListenErrors {
  readonly #failures: Failure[] = [];

  watch(factory: TransportFactory): TransportFactory {
    return (components) => this.#watched(factory(components));
  }

  /** The error for people. */
  toHomeportError(cause: unknown): HomeportError {
    const failure = this.#failures.find(({ code }) => code === "EADDRINUSE") ?? this.#failures[0];
    if (failure === undefined) return new HomeportError("listen-failed", "The network could not be started.", { cause });
    const { address, code } = failure;
    if (code !== "EADDRINUSE") return new HomeportError("listen-failed", `Cannot listen on ${address}: ${reason(code)}.`, { cause });
    const message = `Port ${parseAddress(address)?.port ?? "?"} is taken by another program, or by Homeport itself: end that one, or choose another port to listen on.`;
    return new HomeportError("port-in-use", message, { cause });
  }

  #watched(transport: Libp2pTransport): Libp2pTransport {
    const createListener = transport.createListener.bind(transport);
    transport.createListener = (options) => {
      const listener = createListener(options);
      const listen = listener.listen.bind(listener);
      listener.listen = async (address) => {
        try {
          await listen(address);
        } catch (error) {
          this.#failures.push({ address: address.toString(), code: String((error as { code?: unknown }).code) });
          throw error;
        }
      };
      return listener;
    };
    return transport;
  }
}

function reason(code: string): string {
  if (code === "EACCES") return "the system allows this port to administrators only";
  if (code === "EADDRNOTAVAIL") return "this machine does not have the address";
  return `the system says ${code}`;
}
