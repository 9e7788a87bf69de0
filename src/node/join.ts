import { issueCertificate, verifyCertificate } from "../sync/account/certificate.ts";
import { createSodiumCrypto, createRandom } from "../sync/crypto/sodium.ts";
import { createSeedSigner } from "../sync/crypto/seed-signer.ts";
import type { Device } from "../sync/device.ts";
import { sameBytes } from "../sync/encoding/bytes.ts";
import { HomeportError, MalformedError } from "../sync/errors.ts";
import { type Invitation, parseInvitation } from "../sync/linking/invitation.ts";
import { join, type JoinResult } from "../sync/linking/joiner.ts";
import { accountText, deviceText } from "../sync/log/public-id.ts";
import type { Transport } from "../transport/index.ts";
import { createTransport } from "../transport/index.ts";
import { systemClock } from "./clock.ts";
import { forPeople } from "./disk-errors.ts";
import { makeDevice } from "./make-device.ts";
import {
  type AskPassphrase,
  createProfile,
  discardProfile,
  hasProfile,
  type Profile,
  type Restored,
  writeSetting,
} from "./profile-store.ts";

interface JoinOptions {
  data: string;
  link: string;
  name: string;
  vault: string;
  passphrase: AskPassphrase;
  onCode(code: string): void | Promise<void>;
  signal: AbortSignal;
  /** B5: what the new device has already, of a backup of the same account. */
  restored?: Restored | undefined;
}

/** How long a new device's first certificate is good (K2). */
export const CERTIFICATE_MS = 365 * 24 * 3600 * 1000;

/** K5, the new device's side: makes the profile and leaves nothing running. Where it fails, no profile is left behind. */
export async function joinByLink({ data, link: text, name, vault, passphrase, onCode, signal, restored }: JoinOptions) {
  if (await hasProfile(data))
    throw new HomeportError("exists", `There is a profile in ${data} already. Use it with \`homeport start\`, or choose another folder.`);
  const invitation = parseInvitation(text);
  const crypto = await createSodiumCrypto();
  const random = createRandom();
  const keys = { deviceSeed: random.bytes(32), transportSeed: random.bytes(32) };
  const signer = createSeedSigner(crypto, keys.deviceSeed);
  const transportKey = crypto.signKeypair(keys.transportSeed).publicKey;
  const certificate = await issueCertificate(signer, { transport: transportKey, epoch: 1, expires: systemClock.now() + CERTIFICATE_MS });
  const { addresses } = invitation;
  const transport = await createTransport({
    seed: keys.transportSeed,
    listen: [],
    mdns: false,
    isKnown: () => false,
    log: () => undefined,
  });
  let profile: Profile | undefined;
  try {
    const link = await dial(transport, invitation, signal);
    const closeOnAbort = () => link.close();
    signal.addEventListener("abort", closeOnAbort, { once: true });
    const result = await join({
      ...{ link, invitation, signer, transportKey, certificate, name, class: "full", crypto, random, clock: systemClock },
      onCode: (code) => void onCode(code),
      persist: async ({ account }) => {
        if (restored && !sameBytes(restored.account, account))
          throw new HomeportError("wrong-link", "The link is of another account than the backup.");
        profile = await createProfile(crypto, random, data, vault, passphrase, keys, restored);
      },
    });
    if (!profile) throw new HomeportError("linking-failed", "The other side broke the protocol, so nothing was linked; make a new link.");
    writeSetting(profile.sql, "name", name);
    const device = makeDevice({ profile, crypto, random, ops: result.ops });
    // A backup has ops of its own, from before.
    if (restored) device.addOps(result.ops);
    remember(device, result, certificate, name, addresses);
    device.close();
    return { account: accountText(result.account), device: deviceText(signer.publicKey) };
  } catch (error) {
    if (profile) {
      profile.sql.close();
      await discardProfile(data);
    }
    signal.throwIfAborted();
    throw forPeople(error);
  } finally {
    for (const seed of Object.values(keys)) crypto.wipe(seed);
    await transport.stop();
  }
}

async function dial(transport: Transport, { transport: peer, addresses, expires }: Invitation, signal: AbortSignal) {
  if (expires <= systemClock.now())
    throw new HomeportError("wrong-link", "The link has expired. Make a new one with `homeport device link` on the other device.");
  return transport.dial(peer, [...addresses], "link", signal);
}

/** What the new device has to know to reach the others; the log tells more as soon as it is connected. */
function remember(
  device: Device,
  { sponsor, certificates }: JoinResult,
  own: Uint8Array,
  name: string,
  addresses: readonly string[],
): void {
  device.transact((writer) => {
    for (const certificate of certificates) {
      const key = deviceOf(device, certificate);
      if (!key || sameBytes(key, device.self)) continue;
      const known = sameBytes(key, sponsor.device) ? [...addresses] : [];
      device.records.put({ device: key, name: "", addresses: known, certificate }, { ms: 0, n: 1 }, writer.now());
    }
    device.records.put({ device: device.self, name, addresses: [], certificate: own }, { ms: 0, n: 1 }, writer.now());
  });
}

function deviceOf(device: Device, certificate: Uint8Array): Uint8Array | undefined {
  try {
    return verifyCertificate(device.crypto, certificate, device.now()).device;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
