import { requireMayAdd } from "../account/author.ts";
import { HomeportError } from "../errors.ts";
import type { Link } from "../ports.ts";
import { Channel, STEP_MS } from "./channel.ts";
import { encodeInvitation } from "./invitation.ts";
import { Invitations } from "./invitations.ts";
import { FRAME_LIMIT, decodeOpening } from "./messages.ts";
import { type Confirmation, type Joined, type SponsorOptions, sponsorOne } from "./sponsoring.ts";
import { sameCode } from "./transcript.ts";

export type { Joined, SponsorOptions } from "./sponsoring.ts";

/** Where an invitation's way is told. Of `onLinked` and `onFailed` one is called, once, and last. */
export interface InviteEvents {
  /** Both devices show the code now; `Sponsor.confirm` goes on. The name comes from the other side. */
  onCode(shown: { code: string; name: string; device: Uint8Array }): void;
  onLinked(joined: Joined): void;
  onFailed(error: HomeportError): void;
}

export interface InviteOptions extends InviteEvents {
  /** Multiaddrs of this device, best first. */
  addresses: readonly string[];
}

export interface Invited {
  /** For the new device. It holds a secret. */
  text: string;
  /** Milliseconds since 1970. */
  expires: number;
  /** Takes the invitation back, or breaks off what it began. Calls `onFailed` unless it is over. */
  cancel(): void;
}

/** Links whose first frame is awaited; the oldest gives way. An honest one sends it within milliseconds. */
const MAX_STRANGERS = 16;
const MAX_WRONG_CODES = 3;

interface Pending {
  code: string;
  wrong: number;
  answer(error: HomeportError | undefined): void;
}

interface Owner {
  events: InviteEvents;
  channel: Channel | undefined;
}

/** The device that lets another one in (K5). */
export class Sponsor {
  readonly #options: SponsorOptions;
  readonly #invitations: Invitations<Owner>;
  readonly #strangers: Channel[] = [];
  readonly #owners = new Set<Owner>();
  readonly #pending = new Set<Pending>();

  constructor(options: SponsorOptions) {
    this.#options = options;
    this.#invitations = new Invitations(options.crypto, options.random, options.clock);
  }

  /** Throws `HomeportError`: `not-allowed`, `account-full`, `too-many-links`. */
  invite({ addresses, onCode, onLinked, onFailed }: InviteOptions): Invited {
    const { crypto, signer, transport, ops } = this.#options;
    requireMayAdd(ops(), signer.publicKey);
    const owner: Owner = { events: { onCode, onLinked, onFailed }, channel: undefined };
    const { secret, expires } = this.#invitations.open(owner, () => {
      this.#fail(owner, new HomeportError("expired", "The link was not used in time; make a new one."));
    });
    this.#owners.add(owner);
    const text = encodeInvitation({ secret, transport, addresses, expires });
    crypto.wipe(secret);
    return { text, expires, cancel: () => this.#cancel(owner) };
  }

  /** A link of the linking protocol that someone opened. Never throws. */
  accept(link: Link): void {
    const channel = new Channel(link, this.#options.clock);
    if (this.#strangers.push(channel) > MAX_STRANGERS) this.#strangers.shift()?.close();
    void this.#serve(channel).finally(() => channel.close());
  }

  /**
   * The person has read the code on the new device. Throws `HomeportError`: `not-found` where no device waits, `wrong-code`
   * where it is another one; after the third wrong one the linking is broken off.
   */
  confirm(code: string): void {
    if (this.#pending.size === 0) throw new HomeportError("not-found", "No device is waiting to be confirmed.");
    const fitting = [...this.#pending].find((pending) => sameCode(pending.code, code));
    if (fitting !== undefined) return fitting.answer(undefined);
    for (const pending of [...this.#pending]) {
      if (++pending.wrong >= MAX_WRONG_CODES) pending.answer(new HomeportError("wrong-code", "Three wrong codes: nothing was linked."));
    }
    throw new HomeportError("wrong-code", "That is not the code of the device that waits. Nothing was linked.");
  }

  /** Takes all invitations back and breaks off what is going on. */
  close(): void {
    for (const owner of [...this.#owners]) this.#cancel(owner);
    for (const channel of this.#strangers.splice(0)) channel.close();
  }

  /** A wrong, used or expired secret, and no frame at all, end alike: the link closes. */
  async #serve(channel: Channel): Promise<void> {
    const hello = await channel.receive(FRAME_LIMIT.hello, STEP_MS).catch(() => undefined);
    const at = this.#strangers.indexOf(channel);
    if (at >= 0) this.#strangers.splice(at, 1);
    const used = hello && this.#admit(channel, hello);
    if (hello === undefined || used === undefined) return;
    used.owner.channel = channel;
    try {
      const confirmation = this.#confirmationFor(used.owner);
      const joined = await sponsorOne(this.#options, channel, hello, used, confirmation);
      if (this.#owners.delete(used.owner)) used.owner.events.onLinked(joined.joined);
      await joined.welcomed();
    } catch (error) {
      this.#fail(used.owner, asHomeportError(error));
    } finally {
      this.#options.crypto.wipe(used.secret);
    }
  }

  #admit(channel: Channel, hello: Uint8Array): ReturnType<Invitations<Owner>["use"]> {
    const ends = { joiner: channel.peer, sponsor: this.#options.transport };
    try {
      const { commitment, proof } = decodeOpening("hello", hello);
      return this.#invitations.use(ends, commitment, proof);
    } catch {
      // Malformed: the same end as for a wrong secret.
      return undefined;
    }
  }

  #confirmationFor(owner: Owner): Confirmation {
    return (shown) =>
      new Promise<void>((resolve, reject) => {
        const pending: Pending = {
          code: shown.code,
          wrong: 0,
          answer: (error) => {
            this.#pending.delete(pending);
            if (error === undefined) resolve();
            else reject(error);
          },
        };
        this.#pending.add(pending);
        shown.over(() => this.#pending.delete(pending));
        owner.events.onCode({ code: shown.code, name: shown.name, device: shown.device });
      });
  }

  #cancel(owner: Owner): void {
    this.#invitations.withdraw(owner);
    this.#fail(owner, new HomeportError("cancelled", "The link was taken back."));
    owner.channel?.close();
  }

  #fail(owner: Owner, error: HomeportError): void {
    if (this.#owners.delete(owner)) owner.events.onFailed(error);
  }
}
