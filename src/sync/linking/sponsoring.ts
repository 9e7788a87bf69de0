/** The sponsor's side of one linking (K5), from the proven secret on. */
import { draftAdd, finishAdd } from "../account/author.ts";
import { verifyCertificate } from "../account/certificate.ts";
import type { OpSet } from "../account/op-set.ts";
import { type DeviceClass, standingOf } from "../account/state.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { MalformedError } from "../errors.ts";
import type { Clock, Crypto, Random, Signer } from "../ports.ts";
import { type Channel, STEP_MS } from "./channel.ts";
import {
  decodeConsent,
  decodeJoinerReveal,
  encodeDraft,
  encodeOpening,
  encodeSponsorReveal,
  encodeWelcome,
  FRAME_LIMIT,
  type JoinerReveal,
} from "./messages.ts";
import { codeOf, commitTo, type Ends, sponsorProof } from "./transcript.ts";

export interface SponsorOptions {
  crypto: Crypto;
  random: Random;
  clock: Clock;
  signer: Signer;
  /** Own transport key, 32 bytes: the one that links authenticate. */
  transport: Uint8Array;
  ops(): OpSet;
  /** Transport certificates of the account's devices, this one's included, for the new device to find them by. */
  certificates(): readonly Uint8Array[];
  /**
   * Stores the op, and adds it to `ops()` before it returns; what it returns resolves when the op is safe on disk. Then
   * the new device is told.
   */
  admit(op: Uint8Array, joined: Joined): void | Promise<void>;
}

/** A new device. Its name is its own word. */
export interface Joined {
  device: Uint8Array;
  transport: Uint8Array;
  class: DeviceClass;
  name: string;
  certificate: Uint8Array;
}

export interface Proved {
  /** As it travelled. */
  hello: Uint8Array;
  commitment: Uint8Array;
  secret: Uint8Array;
  ends: Ends;
}

export interface Shown {
  code: string;
  name: string;
  device: Uint8Array;
}

/** `confirmed` resolves when the person has confirmed the code, and rejects otherwise. */
export async function letIn(
  options: SponsorOptions,
  channel: Channel,
  proved: Proved,
  confirmed: (shown: Shown) => Promise<void>,
): Promise<Joined> {
  const { reveal, code } = await exchange(options, channel, proved);
  const joined = joinedBy(options, proved.ends, reveal);
  await confirmed({ code, name: joined.name, device: joined.device });
  await admitted(options, channel, joined);
  return joined;
}

/** The account as it is now, in as many frames as it takes; returns when the new device has closed. */
export async function welcome({ ops, certificates }: SponsorOptions, channel: Channel): Promise<void> {
  const parts = split(ops().all(), FRAME_LIMIT.welcome / 2);
  await channel.send(encodeWelcome({ ops: [], certificates: certificates().slice(0, MAX_CERTIFICATES), last: false }));
  for (const [i, part] of parts.entries()) {
    await channel.send(encodeWelcome({ ops: part, certificates: [], last: i === parts.length - 1 }));
  }
  await channel.ended(STEP_MS);
}

const MAX_CERTIFICATES = 128;

/** Commit, prove, reveal. */
async function exchange(options: SponsorOptions, channel: Channel, proved: Proved): Promise<{ reveal: JoinerReveal; code: string }> {
  const { crypto, random, signer, ops } = options;
  const { hello, commitment: theirs, secret, ends } = proved;
  const identity = encodeSponsorReveal({ nonce: random.bytes(32), device: signer.publicKey, account: ops().account });
  const commitment = commitTo(crypto, identity);
  const answer = encodeOpening("answer", { commitment, proof: sponsorProof(crypto, secret, ends, theirs, commitment) });
  crypto.wipe(secret);
  await channel.send(answer);
  const revealed = await channel.receive(STEP_MS);
  if (!crypto.equal(commitTo(crypto, revealed), theirs)) throw new MalformedError("the new device revealed something else");
  const reveal = decodeJoinerReveal(revealed);
  await channel.send(identity);
  return { reveal, code: codeOf(crypto, ends, [hello, answer, revealed, identity]) };
}

function joinedBy({ crypto, clock }: SponsorOptions, { joiner }: Ends, reveal: JoinerReveal): Joined {
  const { device, transport } = verifyCertificate(crypto, reveal.certificate, clock.now());
  if (!sameBytes(device, reveal.device) || !sameBytes(transport, joiner)) {
    throw new MalformedError("the certificate is not of this device and connection");
  }
  return { device, transport, class: reveal.class, name: reveal.name, certificate: reveal.certificate };
}

async function admitted(options: SponsorOptions, channel: Channel, joined: Joined): Promise<void> {
  const { crypto, signer, ops, admit } = options;
  const set = ops();
  // It was let in before, and the account did not reach it: it proved its key, and gets the welcome that it lacks.
  if (standingOf(set.state, joined.device)?.state === "admitted") return;
  const draft = draftAdd({ crypto, set, signer }, joined.device, joined.class);
  await channel.send(encodeDraft(draft.signedPart));
  const consent = decodeConsent(await channel.receive(STEP_MS));
  let stored: Promise<void> | undefined;
  const commit = (op: Uint8Array): void => {
    stored = Promise.resolve(admit(op, joined));
  };
  await finishAdd({ crypto, set, signer, commit }, draft, consent);
  await stored;
}

function split(items: readonly Uint8Array[], bytes: number): Uint8Array[][] {
  const parts: Uint8Array[][] = [[]];
  let size = 0;
  for (const item of items) {
    if (size + item.length > bytes) {
      parts.push([]);
      size = 0;
    }
    size += item.length;
    parts.at(-1)?.push(item);
  }
  return parts;
}
