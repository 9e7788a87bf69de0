import { rememberOthers } from "../../device/first-knowledge.ts";
import { CERTIFICATE_LIFE_MS, issueCertificate } from "../../sync/account/certificate.ts";
import { HomeportError } from "../../sync/errors.ts";
import { parseInvitation } from "../../sync/linking/invitation.ts";
import { join } from "../../sync/linking/joiner.ts";
import { createBrowserTransport } from "../../transport/browser/create-transport.ts";
import { browserClock } from "./browser-clock.ts";
import { openDevice, type World } from "./compose.ts";
import { eraseKeys, makeKeys, readKeys, type StoredKeys, writeKeys } from "./keys.ts";
import { openSecrets } from "./lock.ts";
import { hasPageConnections } from "./rtc-proxy.ts";
import { webCryptoSigner } from "./signer.ts";

export interface JoinInput {
  /** `homeport:link/…` */
  link: string;
  name: string;
  onCode(code: string): void;
  signal: AbortSignal;
}

/**
 * K5, the new device's side, in a browser. Where it fails, nothing is left behind, but for `linking-interrupted`: then the other side
 * may have let this device in, and the same call with another link goes on with the same keys.
 */
export async function joinInBrowser(world: World, { link: text, name, onCode, signal }: JoinInput): Promise<StoredKeys> {
  const { crypto, random, log } = world;
  const invitation = parseInvitation(text);
  if (invitation.expires <= browserClock.now())
    throw new HomeportError("wrong-link", "The link has expired. Make a new one on the other device.");
  const half = await halfMade();
  const secrets = half ? await openSecrets(crypto, half) : { transportSeed: random.bytes(32), dataKey: random.bytes(32) };
  const keys = half ? { ...half, name } : await makeKeys(secrets, name);
  let consented = false;
  const signer = webCryptoSigner(keys.device, keys.publicKey);
  const transportKey = crypto.signKeypair(secrets.transportSeed).publicKey;
  const certificate = await issueCertificate(signer, {
    transport: transportKey,
    epoch: 1,
    expires: browserClock.now() + CERTIFICATE_LIFE_MS,
  });
  const transport = await createBrowserTransport({
    seed: secrets.transportSeed,
    log,
    secure: location.protocol === "https:",
    webRtc: hasPageConnections(),
    isKnown: () => false,
  });
  try {
    const link = await transport.dial(invitation.transport, [...invitation.addresses], "link", signal);
    signal.addEventListener("abort", () => link.close(), { once: true });
    const result = await join({
      ...{ link, invitation, signer, transportKey, certificate, name, class: "browser", crypto, random, clock: browserClock },
      onCode,
      persist: async () => {
        await writeKeys({ ...keys, joining: true });
        consented = true;
      },
    });
    const device = await openDevice(world, keys, secrets.dataKey.slice(), result.ops);
    rememberOthers(device, result, { name, certificate, addresses: invitation.addresses });
    device.close();
    const { joining: _, ...joined } = keys;
    await writeKeys(joined);
    return joined;
  } catch (error) {
    await world.database.wipe();
    if (consented) throw interrupted(error);
    if (!half) await eraseKeys();
    signal.throwIfAborted();
    throw error;
  } finally {
    for (const secret of [secrets.dataKey, secrets.transportSeed]) crypto.wipe(secret);
    await transport.stop();
  }
}

/** The keys of a linking that was cut. */
async function halfMade(): Promise<StoredKeys | undefined> {
  const keys = await readKeys();
  return keys?.joining ? keys : undefined;
}

function interrupted(cause: unknown): HomeportError {
  return new HomeportError(
    "linking-interrupted",
    "The connection ended before the account arrived. The other device may have let this one in: make a new link there, and go on with it here.",
    { cause },
  );
}
