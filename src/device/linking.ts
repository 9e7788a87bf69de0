import type { LinkEvent } from "../api/device.ts";
import type { Result } from "../api/methods.ts";
import { KIND } from "../sync/content/kinds.ts";
import type { Device } from "../sync/device.ts";
import { HomeportError } from "../sync/errors.ts";
import { type Invited, type Joined, Sponsor } from "../sync/linking/sponsor.ts";
import { deviceText } from "../sync/log/public-id.ts";
import type { Link } from "../sync/ports.ts";
import { withoutPeer } from "../transport/addresses.ts";

export interface LinkingOptions {
  device: Device;
  /** Own transport key, 32 bytes. */
  transport: Uint8Array;
  /** Multiaddrs of this device, best first. */
  addresses(): string[];
}

/** Lets new devices in (K5): the device API's side of it. */
export class Linking {
  readonly #options: LinkingOptions;
  readonly #sponsor: Sponsor;

  constructor(options: LinkingOptions) {
    this.#options = options;
    const { device, transport } = options;
    this.#sponsor = new Sponsor({
      ...{ crypto: device.crypto, random: device.random, clock: device.clock, signer: device.signer, transport },
      ops: () => device.ops,
      admit: (op, joined) => this.#admit(op, joined),
      certificates: () => device.records.all().map(({ certificate }) => certificate),
    });
  }

  accept(link: Link): void {
    this.#sponsor.accept(link);
  }

  /** Resolves once a device was linked; the link is taken back when the caller goes. */
  link(yes: boolean, signal: AbortSignal, emit: (event: LinkEvent) => Promise<void>): Promise<Result<"device.link">> {
    return new Promise((resolve, reject) => {
      let invited: Invited | undefined;
      const cancel = () => invited?.cancel();
      const finish = (settle: () => void) => {
        signal.removeEventListener("abort", cancel);
        settle();
      };
      const say = (event: LinkEvent) => emit(event).catch(cancel);
      invited = this.#sponsor.invite({
        // The link names the transport key by itself; a shorter text is a smaller QR code.
        addresses: this.#options.addresses().map((address) => withoutPeer(address)),
        onCode: ({ code }) => {
          void say({ event: "code", code }).then(() => yes && this.#confirmQuietly(code));
        },
        onLinked: (joined) => {
          const result = { device: deviceText(joined.device), name: joined.name };
          void say({ event: "linked", ...result });
          finish(() => resolve(result));
        },
        onFailed: (error) => finish(() => reject(error)),
      });
      signal.addEventListener("abort", cancel, { once: true });
      void say({ event: "link", link: invited.text, expires: invited.expires });
    });
  }

  /** Throws `HomeportError`: `not-found`, `wrong-code`. */
  confirm(code: string): void {
    this.#sponsor.confirm(code);
  }

  close(): void {
    this.#sponsor.close();
  }

  /** It may be over by now. */
  #confirmQuietly(code: string): void {
    try {
      this.#sponsor.confirm(code);
    } catch (error) {
      if (!(error instanceof HomeportError)) throw error;
    }
  }

  /** The other own devices learn of the new one from the log. */
  #admit(op: Uint8Array, { device: key, name, certificate }: Joined): void {
    const { device } = this.#options;
    device.addOps([op]);
    device.transact((writer) => writer.append(device.ownLog.row, KIND.device, { device: key, name, addresses: [], certificate }));
  }
}
