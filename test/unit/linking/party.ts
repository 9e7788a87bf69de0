import { issueCertificate } from "../../../src/sync/account/certificate.ts";
import { createGenesis } from "../../../src/sync/account/author.ts";
import { OpSet } from "../../../src/sync/account/op-set.ts";
import type { DeviceClass } from "../../../src/sync/account/state.ts";
import { createSeedSigner } from "../../../src/sync/crypto/seed-signer.ts";
import { createSodiumCrypto, createRandom } from "../../../src/sync/crypto/sodium.ts";
import type { HomeportError } from "../../../src/sync/errors.ts";
import { parseInvitation } from "../../../src/sync/linking/invitation.ts";
import { type Joining, join, type JoinResult } from "../../../src/sync/linking/joiner.ts";
import { type Invited, type Joined, type Shown, Sponsor } from "../../../src/sync/linking/sponsor.ts";
import type { Link, Signer } from "../../../src/sync/ports.ts";
import { ManualClock } from "./link-pair.ts";

export const crypto = await createSodiumCrypto();
export const random = createRandom();

/** A home node with an account of one device, that hands out links. */
export class Home {
  readonly clock: ManualClock;
  readonly signer: Signer = createSeedSigner(crypto, random.bytes(32));
  readonly transport = crypto.signKeypair(random.bytes(32)).publicKey;
  readonly admitted: Joined[] = [];
  readonly linked: Joined[] = [];
  readonly failed: HomeportError[] = [];
  readonly codes: Shown[] = [];
  readonly certificates: Uint8Array[] = [];
  set!: OpSet;
  sponsor!: Sponsor;
  /** Fails the next commit. */
  broken = false;

  static async make(clock = new ManualClock()): Promise<Home> {
    const home = new Home(clock);
    const { account, op } = await createGenesis(crypto, random, home.signer, { recovery: null });
    home.set = new OpSet(crypto, account);
    home.set.add(op);
    home.certificates.push(await issueCertificate(home.signer, { transport: home.transport, epoch: 1, expires: clock.now() + 1e9 }));
    const { signer, transport } = home;
    home.sponsor = new Sponsor({
      ...{ crypto, random, clock, signer, transport },
      ops: () => home.set,
      certificates: () => home.certificates,
      admit: (newOp, joined) => home.#admit(newOp, joined),
    });
    return home;
  }

  constructor(clock: ManualClock) {
    this.clock = clock;
  }

  invite(): Invited {
    return this.sponsor.invite({
      addresses: ["/ip4/127.0.0.1/tcp/4001"],
      onCode: (shown) => this.codes.push(shown),
      onLinked: (joined) => this.linked.push(joined),
      onFailed: (error) => this.failed.push(error),
    });
  }

  #admit(op: Uint8Array, joined: Joined): void {
    if (this.broken) throw new Error("disk full");
    this.set.add(op);
    this.admitted.push(joined);
  }
}

/** A new device that tries to come in. */
export class Phone {
  readonly signer: Signer = createSeedSigner(crypto, random.bytes(32));
  readonly transport = crypto.signKeypair(random.bytes(32)).publicKey;
  readonly codes: string[] = [];
  readonly persisted: Joining[] = [];
  class: DeviceClass = "full";
  name = "Anna's phone";
  /** Overrides what it shows as its certificate. */
  certificate: Uint8Array | undefined;
  result: JoinResult | undefined;
  error: HomeportError | undefined;
  done: Promise<void> = Promise.resolve();
  onPersist: () => void = () => undefined;

  async start(link: Link, text: string, clock: ManualClock): Promise<void> {
    const certificate =
      this.certificate ?? (await issueCertificate(this.signer, { transport: this.transport, epoch: 1, expires: clock.now() + 1e9 }));
    const joined = join({
      ...{ link, invitation: parseInvitation(text), signer: this.signer, transportKey: this.transport, certificate },
      ...{ name: this.name, class: this.class, crypto, random, clock },
      onCode: (code) => this.codes.push(code),
      persist: (joining) => {
        this.persisted.push(joining);
        this.onPersist();
      },
    });
    this.done = joined.then(
      (result) => void (this.result = result),
      (error: HomeportError) => void (this.error = error),
    );
  }
}
