/** The new device's side of a linking (K5). */
import { countersignAdd } from "../account/author.ts";
import { decodeSignedPart } from "../account/op.ts";
import { OpSet } from "../account/op-set.ts";
import { type DeviceClass, standingOf } from "../account/state.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { HomeportError, MalformedError } from "../errors.ts";
import type { Clock, Crypto, Link, Random, Signer } from "../ports.ts";
import { Channel, STEP_MS } from "./channel.ts";
import type { Invitation } from "./invitation.ts";
import { INVITATION_MS } from "./invitations.ts";
import {
  decodeDraft,
  decodeOpening,
  decodeSponsorReveal,
  decodeWelcome,
  encodeConsent,
  encodeJoinerReveal,
  encodeOpening,
  isWelcome,
  requireDeviceName,
  type SponsorReveal,
} from "./messages.ts";
import { codeOf, commitTo, type Ends, joinerProof, sponsorProof } from "./transcript.ts";

export interface JoinOptions {
  /** Dialled to the invitation's transport key; closed at the end. */
  link: Link;
  /** Its secret is wiped. */
  invitation: Invitation;
  /** The new device's key. */
  signer: Signer;
  /** Own transport key, 32 bytes: the one that the link authenticated. */
  transportKey: Uint8Array;
  /** For that transport key, signed by `signer` (K2). */
  certificate: Uint8Array;
  name: string;
  class: DeviceClass;
  crypto: Crypto;
  random: Random;
  clock: Clock;
  /** For the person to compare. */
  onCode(code: string): void;
  /**
   * Stores this device's keys with what it is about to belong to. Called before the consent is sent: from then on the
   * sponsor may have admitted this device, even if the link is cut, and the account comes by synchronising with it.
   */
  persist(joining: Joining): void | Promise<void>;
}

export interface Joining {
  account: Uint8Array;
  sponsor: { device: Uint8Array; transport: Uint8Array };
}

export interface JoinResult extends Joining {
  /** All ops of the account, parents first, this device's admission included. */
  ops: Uint8Array[];
  /** Transport certificates of the other devices, unchecked. */
  certificates: Uint8Array[];
}

/** Frames of the welcome: at most 32 MiB. */
const MAX_WELCOMES = 64;

/**
 * Rejects with `HomeportError`: `wrong-link` (also for a link that was used or has expired: the sponsor does not say which),
 * `not-confirmed`, `timed-out`, `linking-failed` where the sponsor broke the protocol, `linking-interrupted` after `persist`.
 */
export async function join(options: JoinOptions): Promise<JoinResult> {
  const { link, invitation, crypto, clock } = options;
  const channel = new Channel(link, clock);
  try {
    requireDeviceName(options.name);
    if (!sameBytes(link.peer, invitation.transport))
      throw new HomeportError("wrong-link", "Another device answers at the link's addresses.");
    return await runSteps(options, channel);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new HomeportError("linking-failed", "The other side broke the protocol, so nothing was linked; make a new link.", {
      cause: error,
    });
  } finally {
    crypto.wipe(invitation.secret);
    channel.close();
  }
}

async function runSteps(options: JoinOptions, channel: Channel): Promise<JoinResult> {
  const { sponsor, code } = await exchange(options, channel);
  options.onCode(code);
  const next = await during(NOT_CONFIRMED, () => channel.receive(INVITATION_MS + STEP_MS));
  const joining: Joining = { account: sponsor.account, sponsor: { device: sponsor.device, transport: channel.peer } };
  if (isWelcome(next)) return resumed(options, channel, joining, next);
  const signedPart = checkedDraft(options, sponsor, decodeDraft(next));
  const consent = await countersignAdd(options.crypto, options.signer, sponsor.account, signedPart);
  await options.persist(joining);
  return during(INTERRUPTED, async () => {
    await channel.send(encodeConsent(consent));
    return { ...joining, ...(await welcomed(options, channel, joining)) };
  });
}

/** It was let in before, and the account did not arrive then. */
async function resumed(options: JoinOptions, channel: Channel, joining: Joining, first: Uint8Array): Promise<JoinResult> {
  await options.persist(joining);
  return during(INTERRUPTED, async () => ({ ...joining, ...(await welcomed(options, channel, joining, first)) }));
}

/** Commit, prove, reveal. */
async function exchange(options: JoinOptions, channel: Channel): Promise<{ sponsor: SponsorReveal; code: string }> {
  const { crypto, random, invitation, transportKey, signer, name, certificate } = options;
  const ends: Ends = { joiner: transportKey, sponsor: channel.peer };
  const reveal = encodeJoinerReveal({ nonce: random.bytes(32), device: signer.publicKey, class: options.class, name, certificate });
  const commitment = commitTo(crypto, reveal);
  const hello = encodeOpening("hello", { commitment, proof: joinerProof(crypto, invitation.secret, ends, commitment) });
  const answer = await during(REFUSED, async () => {
    await channel.send(hello);
    return channel.receive(STEP_MS);
  });
  const opening = decodeOpening("answer", answer);
  const expected = sponsorProof(crypto, invitation.secret, ends, commitment, opening.commitment);
  crypto.wipe(invitation.secret);
  if (!crypto.equal(expected, opening.proof)) throw new HomeportError("wrong-link", "The other device does not know the link.");
  await channel.send(reveal);
  const identity = await channel.receive(STEP_MS);
  if (!crypto.equal(commitTo(crypto, identity), opening.commitment)) throw new MalformedError("the sponsor revealed something else");
  return { sponsor: decodeSponsorReveal(identity), code: codeOf(crypto, ends, [hello, answer, reveal, identity]) };
}

/** This device consents to nothing but its own admission, by the device that the code is about. */
function checkedDraft(options: JoinOptions, sponsor: SponsorReveal, signedPart: Uint8Array): Uint8Array {
  const { account, author, body } = decodeSignedPart(signedPart);
  const fits =
    account !== null &&
    sameBytes(account, sponsor.account) &&
    sameBytes(author, sponsor.device) &&
    body.type === "add" &&
    sameBytes(body.device, options.signer.publicKey) &&
    body.class === options.class;
  if (!fits) throw new MalformedError("the sponsor drafted something else");
  return signedPart;
}

async function welcomed(
  options: JoinOptions,
  channel: Channel,
  { account, sponsor }: Joining,
  first?: Uint8Array,
): Promise<Pick<JoinResult, "ops" | "certificates">> {
  const set = new OpSet(options.crypto, account);
  const certificates: Uint8Array[] = [];
  for (let i = 0; ; i++) {
    if (i === MAX_WELCOMES) throw new MalformedError("the welcome does not end");
    const { ops, certificates: more, last } = decodeWelcome(i === 0 && first !== undefined ? first : await channel.receive(STEP_MS));
    for (const op of ops) set.add(op);
    certificates.push(...more);
    if (last) break;
  }
  for (const device of [options.signer.publicKey, sponsor.device]) {
    if (standingOf(set.state, device)?.state !== "admitted") throw new MalformedError("the account does not have both devices");
  }
  return { ops: set.all(), certificates };
}

type Words = Readonly<Record<string, readonly [code: string, message: string]>>;

const REFUSED: Words = {
  "link-closed": ["wrong-link", "The link does not work: it is wrong, was used already or has expired. Make a new one."],
};
const NOT_CONFIRMED: Words = {
  "link-closed": ["not-confirmed", "The code was not confirmed on the other device; nothing was linked."],
  "timed-out": ["not-confirmed", "The code was not confirmed in time; nothing was linked."],
};
const INTERRUPTED: Words = {
  "link-closed": ["linking-interrupted", "The connection ended before the account arrived."],
  "timed-out": ["linking-interrupted", "The account did not arrive in time."],
  malformed: ["linking-interrupted", "The other device sent an account that does not hold together."],
};

/** What an error means depends on how far the linking had come. */
async function during<T>(words: Words, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const [code, message] = words[codeOfError(error)] ?? [];
    if (code === undefined) throw error;
    throw new HomeportError(code, message ?? "", { cause: error });
  }
}

function codeOfError(error: unknown): string {
  if (error instanceof HomeportError) return error.code;
  return error instanceof MalformedError ? "malformed" : "";
}
