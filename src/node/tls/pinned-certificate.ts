import { createHash } from "node:crypto";
import type { Random } from "../../sync/ports.ts";
import type { SealedSecrets } from "./sealed-secrets.ts";

const NAME = "webrtc-certificate";
/** Multihash of SHA-256: code, length. */
const SHA_256 = [0x12, 0x20];

/** The certificate of webrtc-direct: made once and kept, as phones know the device by its hash. */
export async function pinnedCertificate(secrets: SealedSecrets, random: Random) {
  const kept = secrets.get(NAME);
  if (kept) return JSON.parse(Buffer.from(kept).toString("utf8")) as PinnedCertificate;
  const { makeSelfSigned } = await import("./authority.ts");
  const { der, pem, key } = await makeSelfSigned({ random, now: Date.now() });
  const hash = Buffer.from([...SHA_256, ...createHash("sha256").update(der).digest()]);
  const made: PinnedCertificate = { privateKey: key, pem, certhash: `u${hash.toString("base64url")}` };
  secrets.put(NAME, Buffer.from(JSON.stringify(made)));
  return made;
}

/** As PEM, and the multibase of its multihash. */
interface PinnedCertificate {
  privateKey: string;
  pem: string;
  certhash: string;
}
