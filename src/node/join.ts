import { rememberOthers } from "../device/first-knowledge.ts";
import { CERTIFICATE_LIFE_MS, issueCertificate } from "../sync/account/certificate.ts";
import { createSodiumCrypto, createRandom } from "../sync/crypto/sodium.ts";
import { createSeedSigner } from "../sync/crypto/seed-signer.ts";
import { sameBytes } from "../sync/encoding/bytes.ts";
import { HomeportError } from "../sync/errors.ts";
import { type Invitation, parseInvitation } from "../sync/linking/invitation.ts";
import { join } from "../sync/linking/joiner.ts";
import { accountText, deviceText } from "../sync/log/public-id.ts";
import type { Crypto, Random, Sql } from "../sync/ports.ts";
import type { Transport } from "../transport/index.ts";
import { createTransport } from "../transport/index.ts";
import { systemClock } from "./clock.ts";
import { forPeople } from "./disk-errors.ts";
import { openSqlite } from "./sqlite.ts";
import { makeDevice } from "./make-device.ts";
import {
  type AskPassphrase,
  createProfile,
  databasePath,
  discardProfile,
  hasProfile,
  openProfile,
  type Profile,
  readSetting,
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

/** Set in a profile whose account has not arrived yet. */
const JOINING = "joining";

/**
 * K5, the new device's side: makes the profile and leaves nothing running. Where it fails, no profile is left behind, but for
 * `linking-interrupted`: then the other side may have let this device in, and the same call with another link goes on.
 */
export async function joinByLink({ data, link: text, name, vault, passphrase, onCode, signal, restored }: JoinOptions) {
  if (restored && (await hasProfile(data))) throw taken(data);
  const invitation = parseInvitation(text);
  const crypto = await createSodiumCrypto();
  const random = createRandom();
  let profile = await halfMade(crypto, random, data, passphrase);
  let consented = false;
  const keys = { deviceSeed: random.bytes(32), transportSeed: profile?.transportSeed ?? random.bytes(32) };
  const signer = profile?.signer ?? createSeedSigner(crypto, keys.deviceSeed);
  const transportKey = crypto.signKeypair(keys.transportSeed).publicKey;
  const certificate = await issueCertificate(signer, {
    transport: transportKey,
    epoch: 1,
    expires: systemClock.now() + CERTIFICATE_LIFE_MS,
  });
  const { addresses } = invitation;
  const transport = await createTransport({
    seed: keys.transportSeed,
    listen: [],
    mdns: false,
    isKnown: () => false,
    log: () => undefined,
  });
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
        profile ??= await createProfile(crypto, random, data, vault, passphrase, keys, restored);
        writeSetting(profile.sql, JOINING, "yes");
        consented = true;
        writeSetting(profile.sql, "name", name);
      },
    });
    if (!profile) throw new HomeportError("linking-failed", "The other side broke the protocol, so nothing was linked; make a new link.");
    const device = makeDevice({ profile, crypto, random, ops: result.ops });
    // A backup has ops of its own, from before; so has a linking from a backup that was cut.
    device.addOps(result.ops);
    rememberOthers(device, result, { name, certificate, addresses });
    writeSetting(device.sql, JOINING, "no");
    device.close();
    return { account: accountText(result.account), device: deviceText(signer.publicKey) };
  } catch (error) {
    const isHalf = profile !== undefined && readSetting(profile.sql, JOINING) === "yes";
    profile?.sql.close();
    if (isHalf && consented) throw interrupted(error);
    if (profile && !isHalf) await discardProfile(data);
    signal.throwIfAborted();
    throw forPeople(error);
  } finally {
    for (const seed of Object.values(keys)) crypto.wipe(seed);
    await transport.stop();
  }
}

/** The profile of a linking that was cut. Throws `exists` for one that is whole. */
async function halfMade(crypto: Crypto, random: Random, data: string, passphrase: AskPassphrase): Promise<Profile | undefined> {
  if (!(await hasProfile(data))) return undefined;
  if (!isHalfMade(data)) throw taken(data);
  return openProfile(crypto, random, data, passphrase);
}

const taken = (data: string): HomeportError =>
  new HomeportError("exists", `There is a profile in ${data} already. Use it with \`homeport start\`, or choose another folder.`);

function isHalfMade(data: string): boolean {
  let sql: Sql | undefined;
  try {
    sql = openSqlite(databasePath(data));
    return readSetting(sql, JOINING) === "yes";
  } catch {
    // In use, or no database at all: whatever it is, it is not ours to go on with.
    return false;
  } finally {
    sql?.close();
  }
}

function interrupted(cause: unknown): HomeportError {
  return new HomeportError(
    "linking-interrupted",
    "The connection ended before the account arrived. The other device may have let this one in: make a new link there, and run this again here.",
    { cause },
  );
}

async function dial(transport: Transport, { transport: peer, addresses, expires }: Invitation, signal: AbortSignal) {
  if (expires <= systemClock.now())
    throw new HomeportError("wrong-link", "The link has expired. Make a new one with `homeport device link` on the other device.");
  return transport.dial(peer, [...addresses], "link", signal);
}
