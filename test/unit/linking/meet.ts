import { DOMAIN } from "../../../src/sync/domains.ts";
import { draftOf } from "../../../src/sync/account/author.ts";
import { encodeOp } from "../../../src/sync/account/op.ts";
import { encodeInvitation, parseInvitation } from "../../../src/sync/linking/invitation.ts";
import type { Invited } from "../../../src/sync/linking/sponsor.ts";
import { linkPair, type Pair, quiet, type Tamper } from "./link-pair.ts";
import { crypto, Home, Phone } from "./party.ts";

interface MeetOptions {
  home?: Home;
  phone?: Phone;
  /** Another link than a fresh one. */
  text?: string;
  change?: (text: string) => string;
  before?: (home: Home) => void;
  /** The link is made to name the home's real transport key. */
  sameTransport?: boolean;
  toSponsor?: Tamper;
  toJoiner?: Tamper;
}

export interface Meeting {
  home: Home;
  phone: Phone;
  pair: Pair;
  text: string;
  invited: Invited | undefined;
}

/** Runs a linking up to where it waits for the person, or has ended. */
export async function meet(options: MeetOptions = {}): Promise<Meeting> {
  const home = options.home ?? (await Home.make());
  const phone = options.phone ?? new Phone();
  const invited = options.text === undefined ? home.invite() : undefined;
  const given = options.text ?? (invited as Invited).text;
  const changed = options.change?.(given) ?? given;
  const text = options.sameTransport ? encodeInvitation({ ...parseInvitation(changed), transport: home.transport }) : changed;
  options.before?.(home);
  const { toSponsor, toJoiner } = options;
  const pair = linkPair({
    joiner: phone.transport,
    sponsor: home.transport,
    ...(toSponsor && { toSponsor }),
    ...(toJoiner && { toJoiner }),
  });
  home.sponsor.accept(pair.sponsor);
  await phone.start(pair.joiner, text, home.clock);
  await quiet();
  return { home, phone, pair, text, invited };
}

/** An account whose only device has frozen many strangers' keys: ops that always have room. */
export async function freshAccount(ops: number): Promise<Home> {
  const home = await Home.make();
  for (let i = 0; i < ops; i++) {
    const device = crypto.hash(DOMAIN.deviceFingerprint, new Uint8Array([i & 255, i >> 8]));
    const devices = Array.from({ length: 20 }, (_, n) => crypto.hash(DOMAIN.deviceFingerprint, device, new Uint8Array([n])));
    const { signedPart } = draftOf(crypto, home.set, home.signer.publicKey, { type: "revoke", devices });
    home.set.add(encodeOp(signedPart, await home.signer.sign(DOMAIN.accountOp, signedPart), null));
  }
  return home;
}
