import { requireMayAdd } from "../account/author.ts";
import { HomeportError, MalformedError } from "../errors.ts";
import type { Link } from "../ports.ts";
import { Channel, STEP_MS } from "./channel.ts";
import { Confirmations } from "./confirmations.ts";
import { encodeInvitation } from "./invitation.ts";
import { Invitations } from "./invitations.ts";
import { decodeOpening } from "./messages.ts";
import { type Joined, letIn, type Proved, type Shown, type SponsorOptions, welcome } from "./sponsoring.ts";

export type { Joined, Shown, SponsorOptions } from "./sponsoring.ts";

/** What becomes of an invitation. Of `onLinked` and `onFailed` one is called, once, and last. */
export interface InviteEvents {
  /** Both devices show the code now; `Sponsor.confirm` goes on. The name is the new device's word. */
  onCode(shown: Shown): void;
  /** The device is in the account, on this device's disk. */
  onLinked(joined: Joined): void;
  /** `expired`, `cancelled`, `wrong-code`, `timed-out`, `link-closed`, `linking-failed`, `account-changed`, `exists`, … */
  onFailed(error: HomeportError): void;
}

export interface InviteOptions extends InviteEvents {
  /** Multiaddrs of this device, best first; at most 16 are taken. */
  addresses: readonly string[];
}

export interface Invited {
  /** For the new device: `homeport:link/1/…`. It holds a secret. */
  text: string;
  /** Milliseconds since 1970. */
  expires: number;
  /** Takes the invitation back, or breaks off what it began. */
  cancel(): void;
}

/** Links whose first frame is awaited; the oldest gives way. An honest one sends it within milliseconds. */
const MAX_STRANGERS = 16;

interface Owner {
  events: InviteEvents;
  channel?: Channel;
}

interface Begun extends Proved {
  owner: Owner;
  expires: number;
}

/** The device that lets others in (K5). */
export class Sponsor {
  readonly #options: SponsorOptions;
  readonly #invitations: Invitations<Owner>;
  readonly #confirmations = new Confirmations();
  readonly #strangers = new Set<Channel>();
  /** Invitations that have come to no end yet. */
  readonly #owners = new Set<Owner>();

  constructor(options: SponsorOptions) {
    this.#options = options;
    this.#invitations = new Invitations(options.crypto, options.random, options.clock);
  }

  /** Throws `HomeportError`: `not-allowed`, `account-full`, `too-many-links`. */
  invite({ addresses, ...events }: InviteOptions): Invited {
    const { crypto, signer, transport, ops } = this.#options;
    requireMayAdd(ops(), signer.publicKey);
    const owner: Owner = { events };
    const expired = new HomeportError("expired", "The link was not used in time; make a new one.");
    const { secret, expires } = this.#invitations.open(owner, () => this.#fail(owner, expired));
    this.#owners.add(owner);
    const text = encodeInvitation({ secret, transport, addresses, expires });
    crypto.wipe(secret);
    return { text, expires, cancel: () => this.#cancel(owner) };
  }

  /** A link of the linking protocol that a stranger opened. It is closed when all is said. */
  accept(link: Link): void {
    const channel = new Channel(link, this.#options.clock);
    this.#strangers.add(channel);
    if (this.#strangers.size > MAX_STRANGERS) this.#dropOldest();
    void this.#serve(channel).finally(() => channel.close());
  }

  /**
   * The person has read this code on the new device. Throws `HomeportError`: `not-found` where no device waits, `wrong-code`
   * where none has this code; the third wrong one breaks the linking off.
   */
  confirm(code: string): void {
    this.#confirmations.confirm(code);
  }

  /** Takes all invitations back and breaks off what is going on. */
  close(): void {
    for (const owner of [...this.#owners]) this.#cancel(owner);
    while (this.#strangers.size > 0) this.#dropOldest();
  }

  /** A wrong, used or expired secret, a malformed frame and none at all end alike: the link closes. */
  async #serve(channel: Channel): Promise<void> {
    const hello = await channel.receive(STEP_MS).catch(() => undefined);
    this.#strangers.delete(channel);
    const begun = hello && this.#begin(channel, hello);
    if (begun === undefined) return;
    begun.owner.channel = channel;
    try {
      const joined = await letIn(this.#options, channel, begun, (shown) => this.#ask(channel, begun, shown));
      this.#end(begun.owner, ({ onLinked }) => onLinked(joined));
      await welcome(this.#options, channel);
    } catch (error) {
      // Once it is linked, a cut does no harm: the new device has its keys and gets the account by synchronising.
      this.#fail(begun.owner, asHomeportError(error));
    } finally {
      this.#options.crypto.wipe(begun.secret);
    }
  }

  #begin(channel: Channel, hello: Uint8Array): Begun | undefined {
    const ends = { joiner: channel.peer, sponsor: this.#options.transport };
    try {
      const { commitment, proof } = decodeOpening("hello", hello);
      const used = this.#invitations.use(ends, commitment, proof);
      return used && { ...used, hello, commitment, ends };
    } catch (error) {
      if (error instanceof MalformedError) return undefined;
      throw error;
    }
  }

  async #ask(channel: Channel, { owner, expires }: Begun, shown: Shown): Promise<void> {
    const { confirmed, drop } = this.#confirmations.wait(shown.code);
    owner.events.onCode(shown);
    await channel.within(Math.max(0, expires - this.#options.clock.now()), confirmed).finally(drop);
  }

  #dropOldest(): void {
    const [oldest] = this.#strangers;
    if (oldest === undefined) return;
    this.#strangers.delete(oldest);
    oldest.close();
  }

  #cancel(owner: Owner): void {
    this.#invitations.withdraw(owner);
    this.#fail(owner, new HomeportError("cancelled", "The link was taken back."));
    owner.channel?.close();
  }

  #fail(owner: Owner, error: HomeportError): void {
    this.#end(owner, ({ onFailed }) => onFailed(error));
  }

  #end(owner: Owner, tell: (events: InviteEvents) => void): void {
    if (this.#owners.delete(owner)) tell(owner.events);
  }
}

function asHomeportError(error: unknown): HomeportError {
  if (error instanceof HomeportError) return error;
  const message =
    error instanceof MalformedError
      ? "The other side broke the protocol, so the linking was broken off; make a new link."
      : "The new device could not be stored, so nothing was linked; look for the cause and make a new link.";
  return new HomeportError("linking-failed", message, { cause: error });
}
